using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Network;
using Graft.Tests.Services.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class StreamingWriteTests
{
    private const int MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4 * MiB)]
    [InlineData((9 * MiB) + 6)]
    public async Task A_tensor_that_is_read_in_pieces_is_the_same_as_in_one(int size)
    {
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();
        var bytes = Noise(size);

        var digest = await StoreClient.DigestOfAsync(size, Read(bytes), Token);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [size / 2], digest, Read(bytes), null, Token);

        Assert.Equal(Digest.Of(bytes), digest);
        Assert.Equal(new TensorEntry("w", DType.BF16, entry.Shape, digest), entry);
        Assert.Equal(bytes, await client.Store.ReadAsync(digest, size, Token));
    }

    [Fact]
    public async Task What_the_store_has_is_not_read()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();
        var entry = await client.Store.WriteTensorAsync("w", DType.U8, [MiB], Noise(MiB), null, Token);

        await client.Store.WriteTensorAsync(
            "w", DType.U8, [MiB], entry.Sha256, (_, _, _) => throw new InvalidOperationException("Read."), null, Token);
    }

    [Fact]
    public async Task After_a_break_only_what_did_not_arrive_is_read_and_sent_again()
    {
        await using var host = await StoreHost.StartAsync();
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: true, 9 * MiB, 7 * MiB);
        using var client = new GraftClient(new ClientOptions { Server = proxy.Address }, TimeProvider.System);
        var bytes = Noise(24 * MiB);
        List<long> offsets = [];

        await client.Store.WriteTensorAsync(
            "w",
            DType.U8,
            [bytes.Length],
            Digest.Of(bytes),
            (offset, piece, token) =>
            {
                offsets.Add(offset);
                return Read(bytes)(offset, piece, token);
            },
            null,
            Token);

        using var reader = host.NewClient();
        Assert.Equal(bytes, await reader.Store.ReadAsync(Digest.Of(bytes), bytes.Length, Token));
        Assert.All(offsets, offset => Assert.Equal(0, offset % (4 * MiB)));
        Assert.InRange(proxy.Passed, 24L * MiB, 24L * MiB + (2 * 6 * MiB));
        // Each break costs what was under way and the piece read ahead.
        Assert.InRange(offsets.Count, 6, 6 + (2 * 3));
    }

    [Fact]
    public async Task A_source_that_fails_ends_the_upload_with_its_own_fault()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();

        var fault = await StoreHost.RefusedAsync(FaultKind.Precondition, () => client.Store.WriteTensorAsync(
            "w",
            DType.U8,
            [9 * MiB],
            Digest.Of([1]),
            (offset, _, _) => offset < 8 * MiB ? Task.CompletedTask : throw new FaultException(FaultKind.Precondition, "The file is gone."),
            null,
            Token));

        Assert.Equal("The file is gone.", fault.Message);
    }

    [Fact]
    public async Task Bytes_of_another_digest_are_refused()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();

        await StoreHost.RefusedAsync(FaultKind.Invalid, () => client.Store.WriteTensorAsync(
            "w", DType.U8, [9 * MiB], Digest.Of([1]), Read(Noise(9 * MiB)), null, Token));
    }

    private static ContentReadCallback Read(byte[] bytes) => (offset, piece, _) =>
    {
        bytes.AsMemory((int)offset, piece.Length).CopyTo(piece);
        return Task.CompletedTask;
    };

    private static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
