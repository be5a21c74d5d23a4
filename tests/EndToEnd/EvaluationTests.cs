using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>Real tasks on a real checkpoint from the command line.</summary>
public class EvaluationTests
{
    private const string Description = """
        data: rows.jsonl
        few_shot: {data: shots.json, list: "STD:GSM8k", count: 5}
        prompt: "Question: {question}\nAnswer:"
        generate: {answer: answer, max_new_tokens: 48, stop: ["Question:"], extract: last_number}
        """;

    [Fact]
    public async Task Killed_in_the_middle_an_evaluation_goes_on_and_ends_with_the_same_artifact()
    {
        using var folder = new TemporaryFolder();
        var task = await TaskAsync(folder);
        await GraftProcess.RunAsync("import", SharedData.Require("trajectory/M3"), "--name", "M3", "--store", folder["whole"]);
        await GraftProcess.RunAsync("import", SharedData.Require("trajectory/M3"), "--name", "M3", "--store", folder["killed"]);
        var whole = await EvaluationAsync(task, folder["whole"]);

        await using (var graft = GraftProcess.Start(
            new Dictionary<string, string> { ["Evaluator__StateInterval"] = "00:00:00" }, "eval", "M3", "--task", task, "--store", folder["killed"]))
        {
            // Its state is a name of the store.
            Assert.True(await graft.IsTrueAsync(() => Directory.EnumerateFiles(Path.Combine(folder["killed"], "names"), "evaluating*").Any()));
            await graft.KillAsync();
        }

        Assert.Equal(whole, await EvaluationAsync(task, folder["killed"]));
    }

    [Fact]
    public async Task Two_checkpoints_are_measured_compared_and_read()
    {
        using var folder = new TemporaryFolder();
        var store = folder["store"];
        var requests = SharedData.Require("data/arc_challenge/olmes/arc_challenge__val_rc_5shot/requests.jsonl.gz");
        var shots = SharedData.Require("data/fewshot/olmes_fewshot_sources.json");
        foreach (var model in new[] { "M1", "M3" })
        {
            await GraftProcess.RunAsync("import", SharedData.Require($"trajectory/{model}"), "--name", model, "--store", store);
            await GraftProcess.RunAsync("eval", model, "--task", "arc_challenge:rc::olmes", "--data", requests, "--fewshot", shots, "--name", $"{model}/arc", "--store", store);
        }

        var compared = JsonElement.Parse(await GraftProcess.RunAsync("eval", "--compare", "M3/arc", "M1/arc", "--json", "--store", store));
        var samples = JsonElement.Parse(await GraftProcess.RunAsync("samples", "M3/arc", "--wrong", "--n", "1000", "--json", "--store", store));

        Assert.Equal((299, "acc_uncond"), (compared.GetProperty("items").GetInt32(), compared.GetProperty("primary").GetString()));
        var accuracy = compared.GetProperty("metrics").GetProperty("acc_uncond");
        Assert.Equal("McNemar, exact", accuracy.GetProperty("test").GetString());
        Assert.Equal(299 - samples.GetArrayLength(), Math.Round(299 * accuracy.GetProperty("first").GetDouble()));
        // Bits per byte of the better model are lower, as those of expected.json are.
        Assert.InRange(compared.GetProperty("metrics").GetProperty("bits_per_byte").GetProperty("high").GetDouble(), double.NegativeInfinity, 0);
    }

    private static async Task<string> TaskAsync(TemporaryFolder folder)
    {
        var rows = (await File.ReadAllLinesAsync(SharedData.Require("data/gsm8k/test.jsonl"), TestContext.Current.CancellationToken)).Take(200);
        await File.WriteAllLinesAsync(folder["rows.jsonl"], rows, TestContext.Current.CancellationToken);
        File.Copy(SharedData.Require("data/fewshot/olmes_fewshot_sources.json"), folder["shots.json"]);
        await File.WriteAllTextAsync(folder["task.yaml"], Description, TestContext.Current.CancellationToken);
        return folder["task.yaml"];
    }

    private static async Task<string?> EvaluationAsync(string task, string store) =>
        JsonElement.Parse(await GraftProcess.RunAsync("eval", "M3", "--task", task, "--json", "--store", store)).GetProperty("evaluation").GetString();
}
