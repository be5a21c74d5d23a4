using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>
/// Checkpoints trained with PyTorch on real text: every merge must equal, bit for bit, and every score within 1e-4, what Hugging Face
/// transformers made of them.
/// </summary>
public class TrajectoryTests
{
    private static readonly string[] _names = ["M1", "M2", "M3", "M4", "M5"];

    [Fact]
    public async Task All_merges_and_scores_equal_the_reference()
    {
        using var expected = JsonDocument.Parse(await File.ReadAllBytesAsync(
            Path.Combine(SharedData.Require("trajectory"), "expected.json"), TestContext.Current.CancellationToken));
        using var folder = new TemporaryFolder();
        var spec = Path.Combine(SharedData.Repository, "tests", "EndToEnd", "trajectory", "run.yaml");

        await GraftProcess.RunAsync("run", spec, "--store", folder["store"], "--out", folder["out"]);

        using var results = JsonDocument.Parse(await File.ReadAllBytesAsync(
            Path.Combine(folder["out"], "results.json"), TestContext.Current.CancellationToken));
        Assert.True(File.Exists(Path.Combine(folder["out"], "report.html")));
        CheckScores(expected.RootElement, results.RootElement);
        await CheckWeightsAsync(expected.RootElement, folder["store"]);
    }

    [Fact]
    public async Task An_exported_checkpoint_is_the_imported_one_byte_for_byte()
    {
        var source = SharedData.Require("trajectory/M3-FT");
        using var folder = new TemporaryFolder();

        await GraftProcess.RunAsync("import", source, "--name", "given", "--store", folder["store"]);
        await GraftProcess.RunAsync("export", "given", folder["out"], "--store", folder["store"]);

        var files = Directory.GetFiles(source).Select(Path.GetFileName).Order().ToArray();
        Assert.Equal(files, Directory.GetFiles(folder["out"]).Select(Path.GetFileName).Order());
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(source, file!)), File.ReadAllBytes(Path.Combine(folder["out"], file!))));
    }

    private static void CheckScores(JsonElement expected, JsonElement results)
    {
        var models = expected.GetProperty("models");
        var merges = expected.GetProperty("merges");
        var compared = 0;
        foreach (var task in results.GetProperty("tasks").EnumerateObject())
        {
            var metric = task.Value.GetProperty("metric").GetString()!;
            void Compare(JsonElement reference, JsonElement score)
            {
                Assert.Equal(reference.GetProperty(task.Name).GetProperty(metric).GetDouble(), score.GetProperty("value").GetDouble(), 1e-4);
                compared++;
            }

            foreach (var name in _names)
            {
                Compare(models.GetProperty(name), task.Value.GetProperty("pt").GetProperty(name));
                Compare(models.GetProperty($"{name}-FT"), task.Value.GetProperty("ft").GetProperty(name).GetProperty("final"));
                foreach (var source in _names.Where(source => source != name))
                {
                    Compare(Merge(merges, name, source), task.Value.GetProperty("merge").GetProperty(name).GetProperty(source));
                }
            }
        }

        Assert.Equal(3 * 30, compared);
    }

    private static async Task CheckWeightsAsync(JsonElement expected, string store)
    {
        foreach (var name in _names)
        {
            foreach (var source in _names.Where(source => source != name))
            {
                var shown = await GraftProcess.RunAsync("show", $"trajectory/{name}+{source}", "--weights", "--json", "--store", store);
                Assert.Contains(Merge(expected.GetProperty("merges"), name, source).GetProperty("sha256").GetString()!, shown);
            }
        }
    }

    private static JsonElement Merge(JsonElement merges, string name, string source) => merges.GetProperty($"{name}+vec({source}-FT - {source})");
}
