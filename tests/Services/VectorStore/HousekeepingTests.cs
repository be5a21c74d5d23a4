using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Graft.Artifacts;
using Graft.Faults;
using Grpc.Core;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

/// <summary>Lists, addresses, collection and the fields of all of them, through the protocol.</summary>
public sealed class HousekeepingTests
{
    [Fact]
    public async Task What_artifacts_take_adds_up_to_what_the_store_holds()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var whole = Weights(300_000, seed: 1);
        var parent = await store.WriteTensorAsync("w", DType.BF16, [300_000], whole, null, Token);
        var delta = await store.WriteTensorAsync("w", DType.BF16, [300_000], Weights(300_000, 2, 1e-4, whole), parent.Sha256, Token);
        var shared = await store.WriteFileAsync("config.json", "{}"u8.ToArray(), Token);
        var tuned = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [delta], Files = [shared] }, "FT", Token);
        var data = await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [shared] }, null, Token);

        var orphaned = await host.Client.Housekeeping.MeasureAsync(new Progress<int>(), Token);
        var pretrained = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = [parent] }, "PT", Token);
        var usage = await host.Client.Housekeeping.MeasureAsync(new Progress<int>(), Token);

        var blobs = new DirectoryInfo(host.ObjectPath("blobs")).EnumerateFiles().Sum(file => file.Length);
        Assert.Equal(blobs, orphaned.StoredSize);
        Assert.Equal(orphaned.ParentsSize, usage.Artifacts.Single(artifact => artifact.Digest == pretrained).OwnSize);
        Assert.Equal((blobs, 0), (usage.StoredSize, usage.ParentsSize));
        Assert.Equal(600_002 + 600_000 + 2, usage.LogicalSize);
        Assert.Equal(usage.Artifacts.Select(artifact => artifact.Digest.ToString()).Order(StringComparer.Ordinal), usage.Artifacts.Select(artifact => $"{artifact.Digest}"));
        Assert.Equal(["FT"], usage.Artifacts.Single(artifact => artifact.Digest == tuned).Names);

        // The second one of the two that share a file does not own it.
        var config = ContentTests.Stored(host, shared.Sha256).Chunks.Sum(chunk => (long)chunk.StoredSize);
        var sharing = usage.Artifacts.Where(artifact => artifact.Digest == data || artifact.Digest == tuned).ToArray();
        Assert.Equal([0, config], sharing.Select(artifact => artifact.StoredSize - artifact.OwnSize));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task Pages_of_any_size_and_kind_make_the_same_list_in_any_process(int size)
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync(host.Folder);
        for (var i = 0; i < 7; i++)
        {
            var file = await host.Client.Store.WriteFileAsync("a", new byte[] { 1, 2, (byte)(i / 2) }, Token);
            await host.Client.Store.PutArtifactAsync(new Manifest(i % 3 == 0 ? ArtifactKind.Dataset : ArtifactKind.Blueprint) { Files = [file] }, null, Token);
        }

        var all = (await host.Client.Housekeeping.MeasureAsync(new Progress<int>(), Token)).Artifacts;
        foreach (var kind in new[] { V1.ArtifactKind.Unspecified, V1.ArtifactKind.Dataset, V1.ArtifactKind.Blueprint, V1.ArtifactKind.Run })
        {
            List<V1.ArtifactSummary> listed = [];
            var request = new V1.ListArtifactsRequest { PageSize = size, Kind = kind };
            for (var i = 0; ; i++)
            {
                // Pages in turn from two processes: neither knows what the other has counted.
                var page = await (i % 2 == 0 ? host : other).Service().ListArtifactsAsync(request, cancellationToken: Token);
                listed.AddRange(page.Artifacts);
                if ((request.PageToken = page.NextPageToken).Length == 0)
                {
                    break;
                }
            }

            Assert.Equal(
                all.Where(artifact => kind == V1.ArtifactKind.Unspecified || (int)artifact.Kind! == (int)kind).Select(artifact => (artifact.Digest.ToString(), artifact.OwnSize)),
                listed.Select(artifact => (artifact.Digest, artifact.OwnSize)));
        }
    }

    [Fact]
    public async Task Contents_in_a_folder_are_located_without_addresses()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var whole = Weights(3_000_000, seed: 1);
        var parent = await store.WriteTensorAsync("w", DType.BF16, [3_000_000], whole, null, Token);
        var delta = await store.WriteTensorAsync("w", DType.BF16, [3_000_000], Weights(3_000_000, 2, 1e-4, whole), parent.Sha256, Token);
        var request = new V1.LocateContentsRequest { Sha256S = { $"{delta.Sha256}", $"{parent.Sha256}" } };

        var located = await host.Service().LocateContents(request, cancellationToken: Token).ResponseStream.ReadAllAsync(Token).ToListAsync(Token);

        Assert.Equal(request.Sha256S, located.Select(content => content.Sha256));
        Assert.Equal(Bare(ContentTests.Stored(host, delta.Sha256)), located[0].Content);
        Assert.Equal(Bare(ContentTests.Stored(host, parent.Sha256)), located[0].Parent);
        Assert.Null(located[1].Parent);
        Assert.All(located, content => Assert.Empty(content.Urls.Concat(content.ParentUrls)));
        Assert.All(located, content => Assert.Null(content.Expires));
    }

    [Fact]
    public async Task A_content_the_store_lacks_is_not_located()
    {
        await using var host = await StartAsync();
        var there = await host.Client.Store.WriteFileAsync("a", new byte[] { 1 }, Token);

        var status = await StatusAsync(Locate(host, $"{there.Sha256}", $"{Digest.Of([2])}"));

        Assert.Equal((int)StatusCode.NotFound, status.Code);
        Assert.Contains($"{Digest.Of([2])}", status.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<RpcException>(() => Locate(host, [.. Enumerable.Repeat($"{there.Sha256}", 1001)]));
    }

    [Fact]
    public async Task Garbage_is_collected_through_the_protocol_with_progress()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var kept = await store.PutFilesAsync(("a", "kept"));
        await store.SetNameAsync("kept", kept, Token);
        var gone = await store.PutFilesAsync(("a", "gone"));
        Age(host, TimeSpan.FromDays(2));
        var progress = new Stages();

        var told = await host.Client.Housekeeping.CollectAsync(isDryRun: true, null, null, progress, Token);
        Assert.Equal(gone, (await store.GetArtifactAsync($"{gone}", Token)).Digest);
        var collected = await host.Client.Housekeeping.CollectAsync(isDryRun: false, TimeSpan.FromHours(1), null, progress, Token);

        Assert.Equal(told, collected);
        Assert.Equal(["artifacts 1", "contents 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
        Assert.Equal(["marking", "deleting"], progress.Seen.Distinct());
        await RefusedAsync(FaultKind.NotFound, () => store.GetArtifactAsync($"{gone}", Token));
        await RefusedAsync(FaultKind.NotFound, () => host.NewClient().Store.ReadAsync(Digest.Of("gone"u8), 4, Token));
        Assert.Equal(kept, (await store.GetArtifactAsync("kept", Token)).Digest);
        Assert.Equal(gone, await store.PutFilesAsync(("a", "gone")));
    }

    [Fact]
    public async Task Uploads_are_collected_with_what_arrived_when_nobody_goes_on_with_them()
    {
        await using var host = await StartAsync();
        var bytes = Weights(5_000_000, seed: 1);
        using (var call = host.Service().WriteContent(cancellationToken: Token))
        {
            await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Header = new V1.WriteHeader { Sha256 = $"{Digest.Of(bytes)}", Size = bytes.Length } }, Token);
            foreach (var part in bytes[..(5 << 20)].Chunk(1 << 20))
            {
                await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Chunk = Google.Protobuf.ByteString.CopyFrom(part) }, Token);
            }

            while ((await host.Service().QueryWriteAsync(new V1.QueryWriteRequest { Sha256 = $"{Digest.Of(bytes)}" }, cancellationToken: Token)).Committed == 0)
            {
                await Task.Yield();
            }
        }

        Assert.Empty(await host.Client.Housekeeping.CollectAsync(false, null, null, new Stages(), Token));
        Age(host, TimeSpan.FromDays(2));
        var collected = await host.Client.Housekeeping.CollectAsync(false, null, null, new Stages(), Token);

        Assert.Equal(["uploads 1", "blobs 1"], collected.Select(each => $"{each.Kind} {each.Objects}"));
    }

    [Fact]
    public async Task A_page_token_belongs_to_its_request()
    {
        await using var host = await StartAsync();
        var service = host.Service();
        foreach (var text in new[] { "1", "2", "3" })
        {
            await host.Client.Store.SetNameAsync($"n/{text}", await host.Client.Store.PutFilesAsync(("a", text)), Token);
        }

        var names = await service.ListNamesAsync(new V1.ListNamesRequest { PageSize = 1, Prefix = "n/" }, cancellationToken: Token);
        var artifacts = await service.ListArtifactsAsync(new V1.ListArtifactsRequest { PageSize = 1 }, cancellationToken: Token);

        Assert.Equal(2, (await service.ListNamesAsync(new V1.ListNamesRequest { PageSize = 5, Prefix = "n/", PageToken = names.NextPageToken }, cancellationToken: Token)).Names.Count);
        await InvalidAsync("page_token", service.ListNamesAsync(new V1.ListNamesRequest { Prefix = "n", PageToken = names.NextPageToken }));
        await InvalidAsync("page_token", service.ListNamesAsync(new V1.ListNamesRequest { Prefix = "n/", PageToken = "rubbish" }));
        await InvalidAsync("page_token", service.ListArtifactsAsync(new V1.ListArtifactsRequest { PageToken = artifacts.NextPageToken, Kind = V1.ArtifactKind.Run }));
        await InvalidAsync("page_token", service.ListArtifactsAsync(new V1.ListArtifactsRequest { PageToken = names.NextPageToken }));
    }

    [Fact]
    public async Task Every_field_that_is_wrong_is_named()
    {
        await using var host = await StartAsync();
        var service = host.Service();

        await InvalidAsync("page_size", service.ListArtifactsAsync(new V1.ListArtifactsRequest { PageSize = -1 }));
        await InvalidAsync("kind", service.ListArtifactsAsync(new V1.ListArtifactsRequest { Kind = (V1.ArtifactKind)99 }));
        await InvalidAsync("page_size", service.ListNamesAsync(new V1.ListNamesRequest { PageSize = -1 }));
        await InvalidAsync("reference", service.GetLineageAsync(new V1.GetLineageRequest { Reference = "no name" }));
        await InvalidAsync("sha256s[1]", Locate(host, $"{Digest.Of([])}", "x"));
        await InvalidAsync("sha256s", Locate(host, [.. Enumerable.Repeat($"{Digest.Of([])}", 1001)]));
        await InvalidAsync("reference", ReadAsync(service.Verify(new V1.VerifyRequest { Reference = "no name" })));
        await InvalidAsync("grace", CollectAsync(new V1.CollectGarbageRequest { Grace = new Duration { Seconds = 60 } }));
        await InvalidAsync("grace", CollectAsync(new V1.CollectGarbageRequest { Grace = new Duration { Seconds = 3600, Nanos = -1 } }));
        await InvalidAsync("forget_results", CollectAsync(new V1.CollectGarbageRequest { ForgetResults = new Duration { Seconds = -1 } }));
        await InvalidAsync("header.size", WriteAsync(host, new V1.WriteHeader { Sha256 = $"{Digest.Of([])}", Size = (64L << 30) + 1 }));
        await InvalidAsync("header.offset", WriteAsync(host, new V1.WriteHeader { Sha256 = $"{Digest.Of([])}", Size = 1, Offset = 2 }));
        await InvalidAsync("header.sha256", WriteAsync(host, new V1.WriteHeader { Sha256 = "x" }));

        Task CollectAsync(V1.CollectGarbageRequest request) => ReadAsync(service.CollectGarbage(request));
    }

    [Fact]
    public async Task A_manifest_of_many_tensors_is_taken_and_one_that_is_too_long_is_refused()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var tensor = await store.WriteTensorAsync("w", DType.F32, [1], new byte[4], null, Token);
        var many = new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors = [.. Enumerable.Range(0, 30_000).Select(i => tensor with { Name = $"model.layers.{i}.self_attn.q_proj.weight" })],
        };
        var room = Graft.VectorStore.Manifests.ManifestCheck.MaxBytes - Graft.Artifacts.Rpc.ManifestCodec.Encode(many).Length;

        var digest = await store.PutArtifactAsync(many, null, Token);

        Assert.Equal(30_000, (await store.GetArtifactAsync(digest.ToString(), Token)).Manifest.Tensors.Count);
        var longer = many with { Tensors = [.. many.Tensors, tensor with { Name = new string('x', room) }] };
        await RefusedAsync(FaultKind.Invalid, "artifact", () => store.PutArtifactAsync(longer, null, Token));
    }

    [Fact]
    public async Task A_checkpoint_is_visible_only_when_it_is_complete()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        List<TensorEntry> tensors = [];
        for (var i = 0; i < 5; i++)
        {
            var bytes = Weights(1000, seed: i);
            var entry = new TensorEntry($"w{i}", DType.BF16, [1000], Digest.Of(bytes));
            tensors.Add(entry);
            var manifest = new Manifest(ArtifactKind.Checkpoint) { Tensors = [.. tensors] };
            var digest = Graft.Artifacts.Rpc.ManifestCodec.DigestOf(manifest);
            await RefusedAsync(FaultKind.Precondition, () => store.PutArtifactAsync(manifest, "half", Token));

            await RefusedAsync(FaultKind.NotFound, () => store.GetArtifactAsync("half", Token));
            await RefusedAsync(FaultKind.NotFound, () => store.GetArtifactAsync(digest.ToString(), Token));
            Assert.Empty((await host.Client.Housekeeping.MeasureAsync(new Progress<int>(), Token)).Artifacts);
            await store.WriteTensorAsync(entry.Name, DType.BF16, [1000], bytes, null, Token);
        }

        await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors }, "whole", Token);
        Assert.Equal(5, (await store.GetArtifactAsync("whole", Token)).Manifest.Tensors.Count);
    }

    internal static void Age(TestHost host, TimeSpan age)
    {
        var then = TimeProvider.System.GetUtcNow().UtcDateTime - age;
        foreach (var path in Directory.EnumerateFiles(Path.Combine(host.Folder, "store"), "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(path, then);
        }
    }

    private static V1.StoredContent Bare(V1.StoredContent stored)
    {
        stored.Check = Google.Protobuf.ByteString.Empty;
        return stored;
    }

    private static async Task Locate(TestHost host, params string[] digests)
    {
        var request = new V1.LocateContentsRequest();
        request.Sha256S.AddRange(digests);
        await ReadAsync(host.Service().LocateContents(request, cancellationToken: Token));
    }

    private static async Task ReadAsync<T>(AsyncServerStreamingCall<T> call)
    {
        using (call)
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync(Token))
            {
                Assert.NotNull(message);
            }
        }
    }

    private static async Task WriteAsync(TestHost host, V1.WriteHeader header)
    {
        using var call = host.Service().WriteContent(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Header = header }, Token);
        await call.RequestStream.CompleteAsync();
        await call.ResponseAsync;
    }

    private static Task InvalidAsync<T>(string field, AsyncUnaryCall<T> call) => InvalidAsync(field, call.ResponseAsync);

    private static async Task InvalidAsync(string field, Task call)
    {
        var status = await StatusAsync(call);
        Assert.Equal(((int)StatusCode.InvalidArgument, field), (status.Code, status.GetDetail<BadRequest>()?.FieldViolations.Single().Field));
    }

    private static async Task<Google.Rpc.Status> StatusAsync(Task call) => (await Assert.ThrowsAsync<RpcException>(() => call)).GetRpcStatus()!;

    private sealed class Stages : IProgress<(string Stage, long Objects)>
    {
        public List<string> Seen { get; } = [];

        public void Report((string Stage, long Objects) value) => Seen.Add(value.Stage);
    }
}
