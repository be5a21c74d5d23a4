using System.Net;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Tests.Network;
using Graft.Tests.S3;
using Graft.Tests.Services.VectorStore.Objects.S3;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

/// <summary>Transfers while the S3 server, the network or the client fails: nothing is lost, and no wrong byte is served.</summary>
public sealed class S3TransferTests(S3Fixture s3)
{
    // Six chunks.
    private const int Elements = 12 << 20;

    [Fact]
    public async Task A_server_killed_in_the_middle_of_an_upload_and_of_a_download_loses_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ceph's gateway runs on Linux only, and a server of somebody else is not ours to kill.");
        await using var server = await S3Server.StartDurableAsync(Token);
        await using var proxy = await S3Proxy.StartAsync(server);
        var options = server.Options("graft-test", "killed");
        (options.Endpoint, options.Patience, options.AttemptLimit) = (proxy.Address, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));
        await using var host = await S3Place.StartAsync(options);
        using var client = Client(host);
        var bytes = Weights(Elements, seed: 1);

        var upload = client.Store.WriteTensorAsync("w", DType.BF16, [Elements], bytes, null, Token);
        await KillAtAsync(server, proxy, "PUT");
        var entry = await upload;
        var artifact = await client.Store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [entry] }, "M1", Token);

        var download = client.Store.ReadAsync(entry.Sha256, entry.Size, Token);
        await KillAtAsync(server, proxy, "GET");

        Assert.Equal(bytes, await download);
        Assert.Equal(artifact, (await client.Store.GetArtifactAsync("M1", Token)).Digest);
    }

    [Fact]
    public async Task A_client_that_goes_away_and_comes_back_ends_its_upload()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var host = await S3Place.StartAsync(behind.Options);
        await using var cut = new CuttingProxy(host.Address, cutsUpload: true, 9 << 20, 14 << 20);
        using var client = new GraftClient(new ClientOptions { Server = cut.Address, CacheBytes = 0, DirectReads = false }, TimeProvider.System);
        var bytes = Weights(Elements, seed: 2);

        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [Elements], bytes, null, Token);

        Assert.InRange(cut.Connections, 2, int.MaxValue);
        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
        Assert.Empty(await behind.Store.ListAsync("uploads/", null, Token).ToListAsync(Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bit_flipped_on_the_way_is_fetched_again_once(bool direct)
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var host = await S3Place.StartAsync(behind.Options);
        using var client = Client(host, direct);
        var bytes = Weights(50_000, seed: 3);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], bytes, null, Token);
        var blobs = 0;
        behind.Proxy.Faults = (method, target) => IsBlob(method, target) && blobs++ == 0 ? S3Fault.FlippedBit : S3Fault.None;

        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));

        Assert.Equal(2, blobs);
    }

    [Fact]
    public async Task A_bit_that_is_wrong_every_time_is_data_loss_that_names_the_object()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var host = await S3Place.StartAsync(behind.Options);
        using var client = Client(host);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], Weights(50_000, seed: 4), null, Token);
        var key = Assert.Single(await behind.Store.ListAsync("blobs/", null, Token).ToListAsync(Token));
        var blobs = 0;
        behind.Proxy.Faults = (method, target) => IsBlob(method, target) && ++blobs > 0 ? S3Fault.FlippedBit : S3Fault.None;
        host.Expect(102);

        var fault = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, entry.Size, Token));

        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
        Assert.Equal(2, blobs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_object_that_is_cut_short_or_gone_is_data_loss_that_names_it(bool isGone)
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var host = await S3Place.StartAsync(behind.Options);
        using var client = Client(host);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [50_000], Weights(50_000, seed: 5), null, Token);
        var key = Assert.Single(await behind.Store.ListAsync("blobs/", null, Token).ToListAsync(Token));
        var whole = await behind.Store.GetAsync(key, Token);
        await behind.Store.DeleteAsync(key, Token);
        _ = isGone || await behind.Store.PutIfAbsentAsync(key, whole.AsMemory(..^100), Token);
        host.Expect(102);

        var fault = await RefusedAsync(FaultKind.Corrupt, () => client.Store.ReadAsync(entry.Sha256, entry.Size, Token));

        Assert.Contains(key, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_server_says_so_and_what_is_there_stays()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var host = await S3Place.StartAsync(behind.Options);
        using var client = Client(host);
        var first = await client.Store.WriteFileAsync("a", "here before"u8.ToArray(), Token);
        behind.Proxy.Answers = (method, target) =>
            method == "PUT" && target.Contains("/blobs/", StringComparison.Ordinal) ? (HttpStatusCode.InsufficientStorage, "XMinioStorageFull") : null;
        var bytes = Weights(Elements, seed: 6);

        var fault = await RefusedAsync(
            FaultKind.Exhausted, () => client.Store.WriteTensorAsync("w", DType.BF16, [Elements], bytes, null, Token));

        Assert.Contains("no room", fault.Message, StringComparison.Ordinal);
        Assert.Equal("here before"u8.ToArray(), await client.Store.ReadAsync(first.Sha256, first.Size, Token));
        behind.Proxy.Answers = (_, _) => null;
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [Elements], bytes, null, Token);
        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
    }

    [Fact]
    public async Task Of_writers_racing_for_a_name_and_a_result_through_faults_one_wins()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        await using var first = await S3Place.StartAsync(behind.Options);
        await using var second = await S3Place.StartAsync(behind.Options);
        using var one = Client(first);
        using var two = Client(second);
        var artifacts = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => one.Store.PutFilesAsync(("a", $"{i}"))));
        var recipe = new ExtractRecipe(Digest.Of([1]), Digest.Of([2]));
        var random = new Random(7);
        behind.Proxy.Faults = (method, _) =>
        {
            lock (random)
            {
                return method == "PUT" && random.Next(2) == 0 ? S3Fault.LostAnswer : S3Fault.None;
            }
        };

        var names = await Task.WhenAll(artifacts.Select((artifact, i) =>
            WinsAsync(FaultKind.Conflict, () => Of(i).SetNameAsync("x", artifact, expected: null, Token))));
        var results = await Task.WhenAll(artifacts.Select((artifact, i) =>
            WinsAsync(FaultKind.Exists, () => Of(i).PutResultAsync(recipe, artifact, Token))));

        behind.Proxy.Faults = (_, _) => S3Fault.None;
        Assert.Equal(artifacts[Assert.Single(Enumerable.Range(0, 6), i => names[i])], (await one.Store.GetArtifactAsync("x", Token)).Digest);
        Assert.Equal(artifacts[Assert.Single(Enumerable.Range(0, 6), i => results[i])], await two.Store.LookUpResultAsync(recipe, Token));

        StoreClient Of(int i) => i % 2 == 0 ? one.Store : two.Store;
    }

    private static GraftClient Client(TestHost host, bool direct = false) =>
        new(new ClientOptions { Server = host.Address, CacheBytes = 0, DirectReads = direct, Patience = TimeSpan.FromMinutes(5) }, TimeProvider.System);

    private static bool IsBlob(string method, string target) =>
        method == "GET" && target.Split('?')[0].Contains("/blobs/", StringComparison.Ordinal);

    // At the third of such requests for chunks, so that some are done and some are not.
    private static async Task KillAtAsync(S3Server server, S3Proxy proxy, string method)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var requests = 0;
        proxy.Faults = (asked, target) =>
        {
            if (asked == method && target.Split('?')[0].Contains("/blobs/", StringComparison.Ordinal) && Interlocked.Increment(ref requests) == 3)
            {
                reached.TrySetResult();
            }

            return S3Fault.None;
        };
        await reached.Task.WaitAsync(Token);
        await server.KillAsync(Token);
        await server.RestartAsync(Token);
    }

    private static async Task<bool> WinsAsync(FaultKind lost, Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (FaultException fault) when (fault.Kind == lost)
        {
            return false;
        }
    }
}
