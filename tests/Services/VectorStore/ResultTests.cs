using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Grpc.Core;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public class ResultTests : StoreTests
{
    private static readonly ExtractRecipe _recipe = new(Digest.Of([1]), Digest.Of([2]));
    private static readonly ExtractRecipe _otherRecipe = new(Digest.Of([3]), Digest.Of([2]));

    [Fact]
    public async Task A_result_is_found_by_its_recipe_in_every_process()
    {
        await using var first = await StartAsync();
        var artifact = await first.Client.Store.PutFilesAsync(("a", "1"));
        Assert.Null(await first.Client.Store.LookUpResultAsync(_recipe, Token));

        await first.Client.Store.PutResultAsync(_recipe, artifact, Token);

        await using var second = await StartAsync(first.Folder);
        Assert.Equal(artifact, await first.Client.Store.LookUpResultAsync(_recipe, Token));
        Assert.Equal(artifact, await second.Client.Store.LookUpResultAsync(_recipe, Token));
        Assert.Null(await second.Client.Store.LookUpResultAsync(_otherRecipe, Token));
    }

    [Fact]
    public async Task A_result_is_written_once()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var (one, two) = (await store.PutFilesAsync(("a", "1")), await store.PutFilesAsync(("a", "2")));

        await store.PutResultAsync(_recipe, one, Token);
        await store.PutResultAsync(_recipe, one, Token);
        var fault = await RefusedAsync(FaultKind.Exists, () => store.PutResultAsync(_recipe, two, Token));

        Assert.Contains($"{one}", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{two}", fault.Message, StringComparison.Ordinal);
        Assert.Equal(one, await store.LookUpResultAsync(_recipe, Token));
    }

    [Fact]
    public async Task A_result_that_lacks_a_content_counts_as_not_made_until_it_is_made_again()
    {
        await using var first = await StartAsync();
        var artifact = await first.Client.Store.PutFilesAsync(("a", "1"), ("b", "2"));
        await first.Client.Store.PutResultAsync(_recipe, artifact, Token);
        var content = (await first.Client.Store.GetArtifactAsync($"{artifact}", Token)).Manifest.File("b")!.Sha256;
        await RemoveAsync(first, $"contents/{content}");

        await using var second = await StartAsync(first.Folder);
        var store = second.Client.Store;
        Assert.Null(await store.LookUpResultAsync(_recipe, Token));
        await store.PutFilesAsync(("a", "1"), ("b", "2"));
        await store.PutResultAsync(_recipe, artifact, Token);

        Assert.Equal(artifact, await store.LookUpResultAsync(_recipe, Token));
    }

    [Fact]
    public async Task An_artifact_that_is_not_there_is_no_result()
    {
        await using var host = await StartAsync();

        await RefusedAsync(FaultKind.Precondition, () => host.Client.Store.PutResultAsync(_recipe, Digest.Of([1]), Token));
    }

    [Fact]
    public async Task Results_are_looked_up_many_at_a_time_in_the_order_asked()
    {
        await using var host = await StartAsync();
        var artifact = await host.Client.Store.PutFilesAsync(("a", "1"));
        await host.Client.Store.PutResultAsync(_recipe, artifact, Token);
        var (known, unknown) = (RecipeCodec.DigestOf(_recipe), RecipeCodec.DigestOf(_otherRecipe));

        Assert.Equal([null, artifact, null], await host.Client.Store.LookUpResultsAsync([unknown, known, unknown], Token));
        Assert.Empty(await host.Client.Store.LookUpResultsAsync([], Token));
        var many = await host.Client.Store.LookUpResultsAsync([.. Enumerable.Repeat(known, 12_000)], Token);
        Assert.Equal(12_000, many.Count(result => result == artifact));
    }

    [Fact]
    public async Task More_than_10_000_digests_in_one_request_are_refused()
    {
        await using var host = await StartAsync();
        var request = new V1.LookUpResultsRequest();
        request.Recipes.AddRange(Enumerable.Repeat(Digest.Of([1]).ToString(), 10_001));

        var exception = await Assert.ThrowsAsync<RpcException>(async () => await host.Service().LookUpResultsAsync(request));

        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
    }

    [Fact]
    public async Task A_damaged_result_counts_as_not_made_and_is_written_again()
    {
        await using var first = await StartAsync();
        var artifact = await first.Client.Store.PutFilesAsync(("a", "1"));
        await first.Client.Store.PutResultAsync(_recipe, artifact, Token);
        await EmptyAsync(first, $"results/{RecipeCodec.DigestOf(_recipe)}");

        await using var second = await StartAsync(first.Folder);
        Assert.Null(await second.Client.Store.LookUpResultAsync(_recipe, Token));
        await second.Client.Store.PutResultAsync(_recipe, artifact, Token);

        await using var third = await StartAsync(first.Folder);
        Assert.Equal(artifact, await third.Client.Store.LookUpResultAsync(_recipe, Token));
    }

    [Fact]
    public async Task A_result_has_a_recipe()
    {
        await using var host = await StartAsync();
        var artifact = await host.Client.Store.PutFilesAsync(("a", "1"));

        foreach (var recipe in new[] { null, new V1.Recipe() })
        {
            var request = new V1.PutResultRequest { Recipe = recipe, Artifact = artifact.ToString() };
            var exception = await Assert.ThrowsAsync<RpcException>(async () => await host.Service().PutResultAsync(request));
            Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        }
    }
}
