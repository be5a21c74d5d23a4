using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>The demo's smallest preset: all of the study's steps at a size that takes seconds.</summary>
public class DemoTests
{
    [Fact]
    public async Task Killed_at_any_moment_and_run_again_it_ends_with_the_same_scores_and_digests()
    {
        using var folder = new TemporaryFolder();
        await RunAsync(folder, "undisturbed");
        var expected = await ResultsAsync(folder, "undisturbed");

        // Moments spread over the run: data, pretraining, fine-tuning, merges, continual training, at an odd number of seconds each.
        foreach (var seconds in new[] { 1.3, 2.9, 3.7, 4.3, 5.1, 6.7 })
        {
            await using var graft = GraftProcess.Start(Arguments(folder, "killed"));
            await Task.WhenAny(
                graft.ExitAsync(), Task.Delay(TimeSpan.FromSeconds(seconds), TestContext.Current.CancellationToken));
            await graft.KillAsync();
        }

        await RunAsync(folder, "killed");
        Assert.Equal(expected, await ResultsAsync(folder, "killed"));

        await RunAsync(folder, "undisturbed");
        Assert.Equal(expected, await ResultsAsync(folder, "undisturbed"));
    }

    [Fact]
    public async Task Interrupted_it_stops_says_how_to_go_on_and_goes_on()
    {
        using var folder = new TemporaryFolder();
        await using (var graft = GraftProcess.Start(Arguments(folder, "interrupted")))
        {
            Assert.True(await graft.SaysAsync("pretrain/M1 kept"), "The study ended before it was interrupted.");
            var began = Stopwatch.GetTimestamp();
            await graft.InterruptAsync();
            var code = await graft.ExitAsync();
            Assert.Equal(130, code);
            TestContext.Current.TestOutputHelper!.WriteLine($"Stopped {Stopwatch.GetElapsedTime(began)} after SIGINT.");
            Assert.Contains("graft demo", graft.Errors + graft.Output);
        }

        await RunAsync(folder, "interrupted");
        Assert.NotEmpty(await ResultsAsync(folder, "interrupted"));
    }

    private static string[] Arguments(TemporaryFolder folder, string name) =>
        ["demo", "--preset", "smoke", "--store", folder[$"{name}-store"], "--out", folder[$"{name}-out"]];

    private static Task<string> RunAsync(TemporaryFolder folder, string name) => GraftProcess.RunAsync(Arguments(folder, name));

    /// <summary>The results, checked for their parts.</summary>
    private static async Task<string> ResultsAsync(TemporaryFolder folder, string name)
    {
        var results = await StudyResults.ReadAsync(folder[$"{name}-out"]);
        var task = results["tasks"]!["gsm-micro"]!;
        Assert.Equal(5, task["pt"]!.AsObject().Count);
        Assert.Equal(20, task["merge"]!.AsObject().Sum(column => column.Value!.AsObject().Count));
        Assert.Equal(10, task["continual"]!.AsObject().Sum(column => column.Value!.AsObject().Count));
        Assert.Equal(5, task["control"]!.AsObject().Count);
        Assert.NotEmpty(task["recurrent"]!.AsObject());
        return results.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
