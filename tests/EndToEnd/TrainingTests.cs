using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>A training in processes that are killed: N steps equal k steps, a crash, and N - k steps, bit for bit.</summary>
public class TrainingTests
{
    private const int Steps = 240;

    [Fact]
    public async Task Killed_at_several_steps_it_ends_with_the_same_weights_and_losses()
    {
        using var folder = new TemporaryFolder();
        var data = WriteData(folder);
        var expected = await TrainAsync(folder, "calm", data);

        await ImportAsync(folder, "killed");
        foreach (var step in new[] { 1, 57, 139 })
        {
            // 60 rows in batches of 8: an epoch ends after 7.5 steps, so these are in the middle of one.
            await using var training = GraftProcess.Start(Arguments(folder, "killed", data));
            await WaitForStepAsync(folder, "killed", training, step);
            await training.KillAsync();
        }

        Assert.Equal(expected, await TrainAsync(folder, "killed", data, isImported: true));
    }

    [Fact]
    public async Task Asked_to_stop_it_saves_the_very_step_and_goes_on_from_it()
    {
        using var folder = new TemporaryFolder();
        var data = WriteData(folder);
        var expected = await TrainAsync(folder, "calm", data);

        await ImportAsync(folder, "stopped");
        int reached;
        await using (var training = GraftProcess.Start(Arguments(folder, "stopped", data)))
        {
            reached = await WaitForStepAsync(folder, "stopped", training, 20);
            await training.TerminateAsync();
            Assert.Equal(130, await training.ExitAsync());
            Assert.Contains("To go on: ", training.Errors);
        }

        // Nothing before the step it was stopped at is done again: those steps come from the saved log, without a time.
        await using (var training = GraftProcess.Start(Arguments(folder, "stopped", data)))
        {
            await using var watch = await WatchAsync(folder, "stopped", training);
            await watch.SaysAsync($"\"step\":{reached + 30},");
            var steps = watch.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1].Select(line => JsonNode.Parse(line)!.AsObject()).ToArray();
            Assert.True(steps.Count(step => !step.ContainsKey("step_seconds")) >= reached, $"It was stopped after step {reached} and did less than that before.");
            Assert.Equal(Enumerable.Range(1, steps.Length), steps.Select(step => step["step"]!.GetValue<int>()));
            await training.KillAsync();
        }

        Assert.Equal(expected, await TrainAsync(folder, "stopped", data, isImported: true));
    }

    /// <returns>Digests of the checkpoints and the log.</returns>
    private static async Task<string> TrainAsync(TemporaryFolder folder, string name, string data, bool isImported = false)
    {
        if (!isImported)
        {
            await ImportAsync(folder, name);
        }

        using var result = JsonDocument.Parse(await GraftProcess.RunAsync([.. Arguments(folder, name, data), "--json"]));
        return string.Join('\n', result.RootElement.GetProperty("checkpoints").EnumerateObject().Select(made => $"{made.Name} {made.Value}"))
            + $"\nlog {result.RootElement.GetProperty("log").GetString()}";
    }

    private static Task<string> ImportAsync(TemporaryFolder folder, string name) =>
        GraftProcess.RunAsync("import", SharedData.Require("trajectory/M3"), "--name", "M3", "--store", folder[name]);

    private static string[] Arguments(TemporaryFolder folder, string name, string data) =>
    [
        "train", "--start", "M3", "--data", data, "--steps", $"{Steps}", "--batch", "8", "--length", "48", "--every", "100", "--lr", "1e-4", "--bos", "false", "--eos", "false",
        "--seed", "5", "--device", "cpu", "--save-every", "25", "--name", "made", "--store", folder[name],
    ];

    /// <returns>A step that it has done.</returns>
    private static async Task<int> WaitForStepAsync(TemporaryFolder folder, string name, GraftProcess training, int step)
    {
        await using var watch = await WatchAsync(folder, name, training);
        await watch.SaysAsync($"\"step\":{step},");
        return step;
    }

    /// <summary>Joins the process that trains as soon as its job runs.</summary>
    private static async Task<GraftProcess> WatchAsync(TemporaryFolder folder, string name, GraftProcess training)
    {
        // Before the training holds the store, a watcher would take it for itself.
        var holder = Path.Combine(folder[name], "graft.pid");
        while (!File.Exists(holder) || !(await File.ReadAllTextAsync(holder, TestContext.Current.CancellationToken)).StartsWith($"{training.Id} ", StringComparison.Ordinal))
        {
            Assert.True(training.IsRunning, $"The training ended before it could be watched: {training.Errors}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        while (true)
        {
            var watch = GraftProcess.Start("watch", "--json", "--store", folder[name]);
            if (await watch.SaysAsync("\"step\":1,"))
            {
                return watch;
            }

            Assert.True(training.IsRunning, $"The training ended before it could be watched: {training.Errors} {watch.Errors}");
            await watch.DisposeAsync();
        }
    }

    private static string WriteData(TemporaryFolder folder)
    {
        var lines = Enumerable.Range(1, 60).Select(i => JsonSerializer.Serialize(
            new { prompt = $"Question: Tom has {i} apples and buys {i % 7} more. How many?\nAnswer:", completion = $" {i} + {i % 7} = {i + (i % 7)}. So the answer is {i + (i % 7)}." }));
        File.WriteAllLines(folder["rows.jsonl"], lines);
        return folder["rows.jsonl"];
    }
}
