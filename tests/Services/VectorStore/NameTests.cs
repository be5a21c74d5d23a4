using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

public class NameTests : StoreTests
{
    [Fact]
    public async Task A_name_moves_goes_and_comes_back()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var (one, two) = (await store.PutFilesAsync(("a", "1")), await store.PutFilesAsync(("a", "2")));

        await store.SetNameAsync("x", one, Token);
        Assert.Equal(one, (await store.GetArtifactAsync("x", Token)).Digest);
        await store.SetNameAsync("x", two, Token);
        Assert.Equal(two, (await store.GetArtifactAsync("x", Token)).Digest);
        await store.SetNameAsync("x", null, Token);
        await RefusedAsync(FaultKind.NotFound, () => store.GetArtifactAsync("x", Token));
        Assert.Empty(await store.ListNamesAsync("", Token).ToListAsync());
        await store.SetNameAsync("x", null, Token);
        await store.SetNameAsync("x", one, expected: null, Token);
        Assert.Equal(one, (await store.GetArtifactAsync("x", Token)).Digest);
    }

    [Fact]
    public async Task Compare_and_swap_wants_what_is_there()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var (one, two) = (await store.PutFilesAsync(("a", "1")), await store.PutFilesAsync(("a", "2")));

        await store.SetNameAsync("x", one, expected: null, Token);
        await RefusedAsync(FaultKind.Conflict, () => store.SetNameAsync("x", two, expected: null, Token));
        await RefusedAsync(FaultKind.Conflict, () => store.SetNameAsync("x", two, expected: two, Token));
        await RefusedAsync(FaultKind.Conflict, () => store.SetNameAsync("y", two, expected: two, Token));
        await RefusedAsync(FaultKind.Conflict, () => store.SetNameAsync("x", null, expected: two, Token));
        await store.SetNameAsync("x", two, expected: one, Token);
        await store.SetNameAsync("x", null, expected: two, Token);

        await RefusedAsync(FaultKind.NotFound, () => store.GetArtifactAsync("x", Token));
    }

    [Fact]
    public async Task Of_racing_swaps_from_one_state_one_wins()
    {
        await using var host = await StartAsync();
        await using var other = await StartAsync(host.Folder);
        var store = host.Client.Store;
        var start = await store.PutFilesAsync(("a", "start"));
        var targets = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => store.PutFilesAsync(("a", $"{i}"))));
        await store.SetNameAsync("x", start, Token);

        var won = await Task.WhenAll(targets.Select((target, i) =>
            WinsAsync(i % 2 == 0 ? store : other.Client.Store, target, expected: start)));

        var winner = Assert.Single(Enumerable.Range(0, 8), i => won[i]);
        Assert.Equal(targets[winner], (await store.GetArtifactAsync("x", Token)).Digest);
    }

    [Fact]
    public async Task Names_are_listed_by_prefix_in_pages()
    {
        await using var host = await StartAsync();
        var store = host.Client.Store;
        var dataset = await store.PutFilesAsync(("a", "1"));
        var checkpoint = await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint), null, Token);
        string[] names = ["demo/M1", "demo/M1-FT", "demo/M1-FT/40", "demo/M10", "demo/m1", "other"];
        foreach (var name in names)
        {
            await store.SetNameAsync(name, name == "other" ? dataset : checkpoint, Token);
        }

        await store.SetNameAsync("demo/M1-removed", dataset, Token);
        await store.SetNameAsync("demo/M1-removed", null, Token);

        Assert.Equal(
            names.Select(name => name == "other" ? new NameEntry(name, dataset, ArtifactKind.Dataset) : new NameEntry(name, checkpoint, ArtifactKind.Checkpoint)),
            await store.ListNamesAsync("", Token).ToListAsync());
        Assert.Equal(names[..4], await store.ListNamesAsync("demo/M1", Token).Select(entry => entry.Name).ToListAsync());
        Assert.Equal(names[1..3], (await PageAsync(host, "demo/M1-", size: 2, "")).Names.Select(name => name.Name_));
        Assert.Equal("", (await PageAsync(host, "demo/M1-", size: 2, "")).NextPageToken);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Pages_of_any_size_make_the_same_list(int size)
    {
        await using var host = await StartAsync();
        var artifact = await host.Client.Store.PutFilesAsync(("a", "1"));
        string[] names = ["a", "b", "b/c", "d", "e", "f", "g"];
        foreach (var name in names)
        {
            await host.Client.Store.SetNameAsync(name, artifact, Token);
        }

        await host.Client.Store.SetNameAsync("d", null, Token);
        List<string> listed = [];
        for (var token = ""; ;)
        {
            var page = await PageAsync(host, "", size, token);
            Assert.InRange(page.Names.Count, 1, size);
            listed.AddRange(page.Names.Select(name => name.Name_));
            if ((token = page.NextPageToken).Length == 0)
            {
                break;
            }
        }

        Assert.Equal(names.Where(name => name != "d"), listed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData(".")]
    [InlineData("two words")]
    [InlineData("a:b")]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    public async Task What_is_no_name_is_refused(string name)
    {
        await using var host = await StartAsync();
        var artifact = await host.Client.Store.PutFilesAsync(("a", "1"));

        await RefusedAsync(FaultKind.Invalid, "name", () => host.Client.Store.SetNameAsync(name, artifact, Token));
    }

    [Fact]
    public async Task Names_have_at_most_200_characters()
    {
        await using var host = await StartAsync();
        var artifact = await host.Client.Store.PutFilesAsync(("a", "1"));

        await host.Client.Store.SetNameAsync(new string('x', 200), artifact, Token);
        await RefusedAsync(FaultKind.Invalid, "name", () => host.Client.Store.SetNameAsync(new string('x', 201), artifact, Token));
    }

    [Fact]
    public async Task A_name_points_at_what_there_is()
    {
        await using var host = await StartAsync();

        await RefusedAsync(FaultKind.Precondition, () => host.Client.Store.SetNameAsync("x", Digest.Of([1]), Token));
    }

    private static async Task<bool> WinsAsync(StoreClient store, Digest target, Digest expected)
    {
        try
        {
            await store.SetNameAsync("x", target, expected, Token);
            return true;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Conflict)
        {
            return false;
        }
    }

    private static async Task<V1.ListNamesResponse> PageAsync(TestHost host, string prefix, int size, string token) =>
        await host.Service().ListNamesAsync(
            new V1.ListNamesRequest { Prefix = prefix, PageSize = size, PageToken = token }, cancellationToken: Token);
}
