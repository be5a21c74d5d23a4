using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Network;
using Graft.Tests.Services.VectorStore;
using Graft.VectorStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class StoreClientTests
{
    private const int MiB = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_goes_on_where_the_connection_broke()
    {
        await using var host = await StoreHost.StartAsync();
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: true, 9 * MiB, 7 * MiB);
        using var client = Connect(proxy.Address);
        var bytes = Noise(24 * MiB);

        var entry = await client.Store.WriteFileAsync("file", bytes, Token);

        using var reader = host.NewClient();
        Assert.Equal(bytes, await reader.Store.ReadAsync(entry.Sha256, bytes.Length, Token));
        Assert.True(proxy.Connections >= 3, $"{proxy.Connections} connections");
        // Each break costs at most the chunk it fell into and what was under way.
        Assert.InRange(proxy.Passed, 24L * MiB, 24L * MiB + (2 * 6 * MiB));
    }

    [Fact]
    public async Task A_download_goes_on_where_the_connection_broke()
    {
        await using var host = await StoreHost.StartAsync();
        using var writer = host.NewClient();
        var bytes = Noise(24 * MiB);
        var entry = await writer.Store.WriteFileAsync("file", bytes, Token);
        await using var proxy = new CuttingProxy(host.Address, cutsUpload: false, 9 * MiB, 7 * MiB);
        using var client = Connect(proxy.Address);

        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, bytes.Length, Token));

        Assert.True(proxy.Connections >= 3, $"{proxy.Connections} connections");
        Assert.InRange(proxy.Passed, 24L * MiB, 24L * MiB + (2 * 3 * MiB));
    }

    [Fact]
    public async Task An_upload_that_gets_stuck_is_begun_again()
    {
        var store = new StuckStore();
        await using var host = await TestHost.StartAsync(
            builder => builder.Services.AddSingleton(store), app => app.MapGrpcService<StuckStore>());
        using var client = new GraftClient(
            new ClientOptions { Server = host.Address, Deadline = TimeSpan.FromMilliseconds(500) }, TimeProvider.System);

        await client.Store.WriteFileAsync("file", Noise(8 * MiB), Token);

        Assert.Equal((2, 8 * MiB), (store.Writes, store.Received));
    }

    [Fact]
    public async Task Calls_survive_a_server_that_is_restarted()
    {
        await using var first = await StoreHost.StartAsync();
        using var client = Connect(first.Address);
        var digest = await client.Store.PutFilesAsync(("a", "1"));

        await first.App.StopAsync(Token);
        var reading = client.Store.GetArtifactAsync(digest.ToString(), Token);
        var writing = client.Store.WriteFileAsync("b", Noise(100_000), Token);
        Assert.False(reading.IsCompleted);
        await using var second = await TestHost.StartAsync(
            builder => builder.AddVectorStore(),
            app => app.MapVectorStore(),
            new Dictionary<string, string?> { ["Hosting:Address"] = first.Address.Authority },
            first.Folder);

        Assert.Equal(digest, (await reading).Digest);
        Assert.Empty(await client.Store.FindMissingAsync([(await writing).Sha256], Token));
    }

    [Fact]
    public async Task A_server_that_stays_away_is_named_when_patience_ends()
    {
        using var client = new GraftClient(
            new ClientOptions { Server = new Uri("http://127.0.0.1:1"), Patience = TimeSpan.FromMilliseconds(300) }, TimeProvider.System);

        var fault = await Assert.ThrowsAsync<FaultException>(() => client.Store.GetArtifactAsync("x", Token));

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
        Assert.StartsWith("The vector store at http://127.0.0.1:1/ cannot be reached; is it running?", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_ends_as_cancelled()
    {
        using var client = Connect(new Uri("http://127.0.0.1:1"));
        using var cancellation = new CancellationTokenSource();

        var call = client.Store.GetArtifactAsync("x", cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task Without_an_address_the_setting_is_named()
    {
        using var client = new GraftClient(new ClientOptions(), TimeProvider.System);

        var fault = await Assert.ThrowsAsync<FaultException>(() => client.Store.GetArtifactAsync("x", Token));

        Assert.Equal((FaultKind.Invalid, "Client:VectorStore"), (fault.Kind, fault.Field));
    }

    [Fact]
    public async Task What_was_read_or_written_is_remembered_and_each_reader_gets_a_copy()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = Connect(host.Address);
        byte[] bytes = [.. Noise(1000)];
        var entry = await client.Store.WriteFileAsync("a", bytes, Token);
        Directory.Delete(host.ObjectPath("blobs"), recursive: true);

        var first = await client.Store.ReadAsync(entry.Sha256, 1000, Token);
        first.AsSpan().Clear();
        var range = new byte[10];
        await client.Store.ReadAsync(entry.Sha256, 990, range, Token);

        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, 1000, Token));
        Assert.Equal(bytes[990..], range);
    }

    [Fact]
    public async Task A_content_of_another_length_than_expected_is_corrupt()
    {
        await using var host = await StoreHost.StartAsync();
        using var client = host.NewClient();
        var entry = await client.Store.WriteFileAsync("a", Noise(1000), Token);

        foreach (var size in new[] { 999, 1001, 0 })
        {
            await StoreHost.RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, size, Token));
        }
    }

    [Fact]
    public async Task A_tensor_has_as_many_bytes_as_its_shape_says()
    {
        using var client = new GraftClient(new ClientOptions(), TimeProvider.System);

        await Assert.ThrowsAsync<ArgumentException>(() => client.Store.WriteTensorAsync("w", DType.F32, [3, 2], new byte[20], null, Token));
    }

    private static GraftClient Connect(Uri address) => new(new ClientOptions { Server = address }, TimeProvider.System);

    private static byte[] Noise(int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        return bytes;
    }
}
