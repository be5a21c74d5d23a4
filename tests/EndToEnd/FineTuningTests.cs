using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>A real checkpoint fine-tuned on real word problems in the chat format, and measured on real tasks, all from the command line.</summary>
public sealed class FineTuningTests
{
    private const int Rows = 1000;
    private const int Held = 200;

    [Fact]
    public async Task Fine_tuned_on_grade_school_problems_a_checkpoint_is_better_at_those_it_has_not_seen()
    {
        using var folder = new TemporaryFolder();
        var (store, data) = (folder["store"], folder["gsm8k.jsonl"]);
        var held = folder["test.jsonl"];
        await File.WriteAllLinesAsync(data, Conversations(), TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(held, File.ReadLines(SharedData.Require("data/gsm8k/test.jsonl")).Take(Held), TestContext.Current.CancellationToken);
        await GraftProcess.RunAsync("import", SharedData.Require("trajectory/M3"), "--name", "M3", "--store", store);
        await GraftProcess.RunAsync(
            "train", "--start", "M3", "--data", data, "--template", "tulu", "--steps", "40", "--batch", "8", "--length", "384", "--lr", "3e-4", "--warmup", "4",
            "--name", "M3-FT", "--store", store);
        var choicesFile = SharedData.Require("data/arc_challenge/olmes/arc_challenge__val_rc_5shot/requests.jsonl.gz");
        foreach (var model in new[] { "M3", "M3-FT" })
        {
            await EvaluateAsync(model, "gsm8k:bpb::tulu", held, "gsm8k", store);
            await EvaluateAsync(model, "arc_challenge:rc::olmes", choicesFile, "arc", store);
        }

        var problems = await CompareAsync("gsm8k", store);
        var choices = await CompareAsync("arc", store);

        Assert.Equal((Held, 299), (problems.GetProperty("items").GetInt32(), choices.GetProperty("items").GetInt32()));
        var bits = problems.GetProperty("metrics").GetProperty("bits_per_byte");
        Assert.True(bits.GetProperty("high").GetDouble() < 0, $"The fine-tuned checkpoint is not better at its own kind of problem: {bits}");
        // Nothing was learnt about science, and little forgotten.
        Assert.InRange(choices.GetProperty("metrics").GetProperty("acc_uncond").GetProperty("difference").GetDouble(), -0.1, 0.1);
    }

    private static IEnumerable<string> Conversations() =>
        File.ReadLines(SharedData.Require("data/gsm8k/train.jsonl")).Take(Rows).Select(line =>
        {
            using var row = JsonDocument.Parse(line);
            return JsonSerializer.Serialize(new
            {
                messages = new[]
                {
                    new { role = "user", content = row.RootElement.GetProperty("question").GetString() },
                    new { role = "assistant", content = row.RootElement.GetProperty("answer").GetString() },
                },
            });
        });

    private static Task<string> EvaluateAsync(string model, string task, string rows, string name, string store) => GraftProcess.RunAsync(
        "eval", model, "--task", task, "--data", rows, "--fewshot", SharedData.Require("data/fewshot/olmes_fewshot_sources.json"),
        "--name", $"{model}/{name}", "--store", store);

    private static async Task<JsonElement> CompareAsync(string task, string store) =>
        JsonElement.Parse(await GraftProcess.RunAsync("eval", "--compare", $"M3-FT/{task}", $"M3/{task}", "--json", "--store", store));
}
