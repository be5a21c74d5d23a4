using Graft.Artifacts;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public sealed class ContentTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData((4 << 20) - 1)]
    [InlineData(4 << 20)]
    [InlineData((4 << 20) + 1)]
    public async Task A_file_comes_back_as_it_was(int size)
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);

        var entry = await client.Store.WriteFileAsync("file", bytes, Token);

        Assert.Equal(new FileEntry("file", size, Digest.Of(bytes)), entry);
        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, size, Token));
    }

    [Fact]
    public async Task A_tensor_of_20_MB_comes_back_bit_for_bit_alone_and_as_a_delta()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var pretrained = Weights(10_000_000, seed: 1);
        var tuned = Weights(10_000_000, seed: 2, noise: 1e-4, near: pretrained);

        var parent = await client.Store.WriteTensorAsync("w", DType.BF16, [10_000_000], pretrained, null, Token);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [1000, 10_000], tuned, parent.Sha256, Token);

        Assert.Equal(pretrained, await client.Store.ReadAsync(parent.Sha256, parent.Size, Token));
        Assert.Equal(tuned, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
        Assert.True(StoredSize(host) < 0.75 * 40_000_000, $"{StoredSize(host)} bytes are kept");
    }

    [Fact]
    public async Task Ranges_are_read_across_chunks_and_from_deltas()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var whole = Weights(5_000_000, seed: 1);
        var delta = Weights(5_000_000, seed: 2, noise: 1e-4, near: whole);
        var parent = await client.Store.WriteTensorAsync("w", DType.BF16, [5_000_000], whole, null, Token);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [5_000_000], delta, parent.Sha256, Token);

        foreach (var (offset, length) in new[] { (0, 10), (4_194_300, 10), (9_999_999, 1), (4_194_304, 4_194_304), (10_000_000, 0), (1, 9_999_998) })
        {
            var range = new byte[length];
            await client.Store.ReadAsync(entry.Sha256, offset, range, Token);
            Assert.Equal(delta[offset..(offset + length)], range);
        }

        await RefusedAsync(FaultKind.Invalid, "offset", () => client.Store.ReadAsync(entry.Sha256, 9_999_999, new byte[2], Token));
        await RefusedAsync(FaultKind.Invalid, "offset", () => client.Store.ReadAsync(entry.Sha256, -1, new byte[2], Token));
    }

    [Fact]
    public async Task A_delta_of_a_delta_is_stored_against_the_whole_one()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var first = Weights(50_000, seed: 1);
        var second = Weights(50_000, seed: 2, noise: 1e-4, near: first);
        var third = Weights(50_000, seed: 3, noise: 1e-4, near: second);

        var one = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], first, null, Token);
        var two = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], second, one.Sha256, Token);
        var three = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], third, two.Sha256, Token);

        Assert.Equal(["", $"{one.Sha256}", $"{one.Sha256}"], new[] { one, two, three }.Select(entry => Stored(host, entry.Sha256).Parent));
        Assert.Equal(third, await client.Store.ReadAsync(three.Sha256, three.Size, Token));
    }

    [Fact]
    public async Task A_parent_that_is_missing_or_of_another_size_is_not_used()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var small = await client.Store.WriteTensorAsync("w", DType.BF16, [10], Weights(10, 1), null, Token);

        var missing = await client.Store.WriteTensorAsync("w", DType.BF16, [20], Weights(20, 2), Digest.Of([1]), Token);
        var smaller = await client.Store.WriteTensorAsync("w", DType.BF16, [30], Weights(30, 3), small.Sha256, Token);

        Assert.Equal("", Stored(host, missing.Sha256).Parent);
        Assert.Equal("", Stored(host, smaller.Sha256).Parent);
    }

    [Fact]
    public async Task Missing_contents_are_found_in_the_order_asked()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var there = (await client.Store.WriteFileAsync("a", new byte[] { 1 }, Token)).Sha256;
        Digest[] asked = [Digest.Of([2]), there, Digest.Of([3]), Digest.Of([2])];

        Assert.Equal([asked[0], asked[2], asked[3]], await client.Store.FindMissingAsync(asked, Token));
        Assert.Empty(await client.Store.FindMissingAsync([], Token));
        Assert.Equal(25_000, (await client.Store.FindMissingAsync([.. Enumerable.Repeat(asked[0], 25_000)], Token)).Count);
    }

    [Fact]
    public async Task A_content_nobody_wrote_is_not_found()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();

        var fault = await RefusedAsync(FaultKind.NotFound, () => client.Store.ReadAsync(Digest.Of([1]), 1, Token));

        Assert.Contains(Digest.Of([1]).ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flipped_bit_on_the_disk_is_data_loss_that_names_the_object()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], Weights(50_000, 1), null, Token);
        var blob = $"blobs/{Stored(host, entry.Sha256).Chunks.Single().Sha256}";
        Flip(host.ObjectPath(blob));
        host.Expect(102);

        var whole = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
        var range = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, 10, new byte[10], Token));

        Assert.Contains(blob, whole.Message, StringComparison.Ordinal);
        Assert.Contains(blob, range.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blob_that_is_missing_or_cut_short_is_data_loss_of_all_that_need_it()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var first = Weights(50_000, seed: 1);
        var one = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], first, null, Token);
        var delta = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], Weights(50_000, 2, 1e-4, first), one.Sha256, Token);
        var blob = $"blobs/{Stored(host, one.Sha256).Chunks.Single().Sha256}";
        host.Expect(102);

        File.WriteAllBytes(host.ObjectPath(blob), []);
        var cut = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(delta.Sha256, delta.Size, Token));
        File.Delete(host.ObjectPath(blob));
        var gone = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(delta.Sha256, delta.Size, Token));

        Assert.Contains(blob, cut.Message, StringComparison.Ordinal);
        Assert.Contains(blob, gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_record_counts_as_missing_and_writing_again_repairs_it()
    {
        await using var first = await StartAsync();
        using var writer = first.NewClient();
        var bytes = Weights(50_000, seed: 1);
        var entry = await writer.Store.WriteTensorAsync("w", DType.BF16, [50_000], bytes, null, Token);
        var blob = $"blobs/{Stored(first, entry.Sha256).Chunks.Single().Sha256}";
        File.WriteAllBytes(first.ObjectPath($"contents/{entry.Sha256}"), []);
        File.WriteAllBytes(first.ObjectPath(blob), [1, 2, 3]);

        // Another process, which has not seen it whole before.
        await using var second = await StartAsync(first.Folder);
        using var client = second.NewClient();
        second.Expect(102);
        await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
        Assert.Equal([entry.Sha256], await client.Store.FindMissingAsync([entry.Sha256], Token));
        await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], bytes, null, Token);

        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
    }

    [Fact]
    public async Task Many_writers_of_one_content_all_succeed()
    {
        await using var host = await StartAsync();
        using var client = host.NewClient();
        var bytes = Weights(3_000_000, seed: 1);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ =>
            Task.Run(() => client.Store.WriteTensorAsync("w", DType.BF16, [3_000_000], bytes, null, Token))));

        Assert.Equal(bytes, await client.Store.ReadAsync(Digest.Of(bytes), bytes.Length, Token));
        Assert.Empty(Directory.EnumerateFiles(host.ObjectPath("uploads")));
    }

    internal static V1.StoredContent Stored(TestHost host, Digest digest) =>
        V1.StoredContent.Parser.ParseFrom(File.ReadAllBytes(host.ObjectPath($"contents/{digest}")));

    private static long StoredSize(TestHost host) =>
        new DirectoryInfo(host.ObjectPath("blobs")).EnumerateFiles().Sum(file => file.Length);

    private static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }
}
