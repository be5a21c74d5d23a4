using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>graft report, advise and recycle on the smallest demo, and the pages in a real browser.</summary>
public class ReportTests
{
    [Fact]
    public async Task A_run_is_reported_in_every_format_and_recycled_onto_its_last_base()
    {
        using var folder = new TemporaryFolder();
        var store = folder["store"];
        await GraftProcess.RunAsync("demo", "--preset", "smoke", "--store", store, "--out", folder["demo"]);

        await GraftProcess.RunAsync("report", "--store", store, "--out", folder["report.html"]);
        var json = JsonElement.Parse(await GraftProcess.RunAsync("report", "demo/smoke-0/smoke", "--format", "json", "--store", store));
        var csv = (await GraftProcess.RunAsync("report", "--format", "csv", "--store", store)).TrimEnd().Split('\n');

        Assert.Equal("succeeded", json.GetProperty("run").GetProperty("state").GetString());
        Assert.Equal(8, json.GetProperty("predicates").GetArrayLength());
        // PT, FT, matrix, continual, recurrent merged and trained, control; six steps a training, two tasks.
        Assert.Equal(1 + (2 * (5 + (5 * 6) + 20 + (10 * 6) + 4 + (4 * 6) + (5 * 6))), csv.Length);
        var html = await File.ReadAllTextAsync(folder["report.html"], TestContext.Current.CancellationToken);
        Assert.Contains("findings on this run", html, StringComparison.Ordinal);

        await AdviseAsync(store);
        await RecycleAsync(store);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_page_of_the_published_tables_has_no_serious_accessibility_fault(bool isDark)
    {
        using var folder = new TemporaryFolder();
        await GraftProcess.RunAsync("report", "--published", "--out", folder["report.html"]);

        Assert.Empty(await Accessibility.FaultsAsync(folder, folder["report.html"], isDark));
    }

    [Fact]
    public async Task A_fault_that_is_there_is_found()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(
            folder["page.html"], "<!DOCTYPE html><html lang=\"en\"><head><title>t</title></head><body><main><h1>t</h1><img src=\"data:,\"></main></body></html>",
            TestContext.Current.CancellationToken);

        Assert.Equal(["image-alt"], await Accessibility.FaultsAsync(folder, folder["page.html"], isDark: false));
    }

    private static async Task AdviseAsync(string store)
    {
        const string run = "demo/smoke-0/smoke";
        string[] arguments =
        [
            "advise", "--base", $"{run}/M5", "--vectors", $"{run}/vec-M4", $"{run}/M1-FT", "--data", "demo/smoke-0/gsm-micro-train", "--samples", "20",
            "--scales", "1", "--json", "--store", store,
        ];

        var advice = JsonElement.Parse(await GraftProcess.RunAsync(arguments));

        JsonElement[] candidates = [.. advice.GetProperty("candidates").EnumerateArray()];
        Assert.Equal(2, candidates.Length);
        Assert.Equal(1, candidates.Sum(candidate => candidate.GetProperty("probability_of_best").GetDouble()), 1e-9);
        Assert.True(candidates[0].GetProperty("bits_per_byte").GetDouble() <= candidates[1].GetProperty("bits_per_byte").GetDouble());
        // The base of the last vector is the nearest one.
        var distances = candidates.ToDictionary(candidate => candidate.GetProperty("vector").GetString()!, candidate => candidate.GetProperty("distance_of_bases").GetDouble());
        Assert.True(distances[$"{run}/vec-M4"] < distances[$"{run}/M1-FT"]);
    }

    private static async Task RecycleAsync(string store)
    {
        const string run = "demo/smoke-0/smoke";
        string[] arguments =
        [
            "recycle", "--new-base", $"{run}/M5", "--fine-tuned", $"{run}/M4-FT", "--pretrained", $"{run}/M4", "--task", "demo/smoke-0/gsm-micro-test",
            "--max-new-tokens", "12", "--scales", "1", "--target", "2", "--train-data", "demo/smoke-0/gsm-micro-train", "--steps", "4", "--every", "2",
            "--length", "48", "--name", "recycled", "--json", "--store", store,
        ];
        var plan = JsonElement.Parse(await GraftProcess.RunAsync([.. arguments, "--dry-run"])).GetProperty("plan");
        Assert.Equal("hit", plan[3].GetProperty("state").GetString());

        var first = JsonElement.Parse(await GraftProcess.RunAsync(arguments));
        var again = JsonElement.Parse(await GraftProcess.RunAsync(arguments));

        // No score reaches 2: the merge was trained on, and both of its checkpoints were measured.
        Assert.Equal(["base", "given", "merge", "trained", "trained"], first.GetProperty("models").EnumerateArray().Select(model => model.GetProperty("role").GetString()));
        Assert.False(first.GetProperty("reaches_target").GetBoolean());
        Assert.Equal(first.ToString(), again.ToString());
        var best = first.GetProperty("models").EnumerateArray().Skip(2).Max(model => model.GetProperty("value").GetDouble());
        var winner = first.GetProperty("models").EnumerateArray().First(model => model.GetProperty("digest").GetString() == first.GetProperty("digest").GetString());
        Assert.Equal(best, winner.GetProperty("value").GetDouble());
        var named = JsonElement.Parse(await GraftProcess.RunAsync("show", "recycled", "--json", "--store", store));
        Assert.Equal(first.GetProperty("digest").GetString(), named.GetProperty("digest").GetString());
    }
}
