using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>Merging from the command line: folders without a store, and methods, ways and comparisons with one.</summary>
public class MergeTests
{
    [Fact]
    public async Task Folders_merge_into_a_folder_whose_weights_are_those_of_the_store()
    {
        var trajectory = SharedData.Require("trajectory");
        using var folder = new TemporaryFolder();
        string Of(string name) => Path.Combine(trajectory, name);
        string[] inputs = ["--base", Of("M2"), "--vector", $"{Of("M1-FT")}:{Of("M1")}@0.5", "--vector", $"{Of("M3-FT")}:{Of("M3")}"];
        string[] method = ["--method", "ties", "--density", "0.3", "--exclude", "*norm*"];

        await GraftProcess.RunAsync(["merge", .. inputs, .. method, "--out", folder["out"], "--shard-size", "1MB", "--json"]);
        var dryRun = await GraftProcess.RunAsync(["merge", .. inputs, "--out", folder["other"], "--dry-run", "--json"]);
        foreach (var (name, parent) in new[] { ("M1", null), ("M1-FT", "M1"), ("M2", null), ("M3", null), ("M3-FT", (string?)"M3") })
        {
            await GraftProcess.RunAsync(["import", Of(name), "--name", name, .. parent is null ? Array.Empty<string>() : ["--parent", parent], "--store", folder["store"]]);
        }

        await GraftProcess.RunAsync("import", folder["out"], "--name", "from-folders", "--store", folder["store"]);
        await GraftProcess.RunAsync("diff", "M1-FT", "M1", "--name", "V1", "--store", folder["store"]);
        await GraftProcess.RunAsync("diff", "M3-FT", "M3", "--name", "V3", "--store", folder["store"]);
        await GraftProcess.RunAsync(["merge", "M2", "V1@0.5", "V3", .. method, "--name", "from-store", "--store", folder["store"]]);

        // The same weights, config and tokenizer are the same artifact.
        Assert.Equal(await DigestAsync("from-store", folder["store"]), await DigestAsync("from-folders", folder["store"]));
        Assert.Equal(1_329_280, JsonDocument.Parse(dryRun).RootElement.GetProperty("parameters").GetInt64());
        Assert.False(Directory.Exists(folder["other"]));
    }

    [Fact]
    public async Task A_way_begins_and_ends_at_its_checkpoints_and_a_comparison_is_shown_and_drawn()
    {
        var trajectory = SharedData.Require("trajectory");
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "M1", "M1-FT" })
        {
            await GraftProcess.RunAsync("import", Path.Combine(trajectory, name), "--name", name, "--store", folder["store"]);
        }

        await GraftProcess.RunAsync("interpolate", "M1", "M1-FT", "--points", "3", "--name-prefix", "way", "--store", folder["store"]);
        var shown = await GraftProcess.RunAsync("compare", "M1", "M1-FT", "way-0.5", "--html", folder["page.html"], "--json", "--store", folder["store"]);

        Assert.Equal(await DigestAsync("M1", folder["store"]), await DigestAsync("way-0", folder["store"]));
        Assert.Equal(await DigestAsync("M1-FT", folder["store"]), await DigestAsync("way-1", folder["store"]));
        var pairs = JsonDocument.Parse(shown).RootElement.GetProperty("total").GetProperty("pairs");
        // The middle lies half way, but for rounding to bf16.
        Assert.Equal(
            pairs[0].GetProperty("distance").GetDouble() / 2, pairs[1].GetProperty("distance").GetDouble(), 0.01 * pairs[0].GetProperty("distance").GetDouble());
        Assert.Contains("<svg", await File.ReadAllTextAsync(folder["page.html"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string?> DigestAsync(string name, string store) =>
        JsonDocument.Parse(await GraftProcess.RunAsync("show", name, "--json", "--store", store)).RootElement.GetProperty("digest").GetString();
}
