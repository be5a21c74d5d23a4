using System.Globalization;
using System.Text.Json.Nodes;
using Graft.Cli.Jobs;

namespace Graft.Cli.Trainings;

/// <summary>A step of training in words, and as JSON.</summary>
internal static class StepWords
{
    /// <summary>"step 120/240, loss 1.234, lr 2.0e-05, norm 0.81".</summary>
    public static string Learning(V1.TrainingStep step, int total) => string.Create(
        CultureInfo.InvariantCulture,
        $"step {step.Step}/{total}, loss {step.Loss:0.0000}, lr {step.LearningRate:0.0e-00}, gradient norm {step.GradientNorm:0.000}");

    /// <summary>"1,234,567 tokens, 31,020 tokens/s, 0.121 s a step (0.001 s for data), 1.2 GB, 34 % of peak, 2 steps skipped, 0:12 left".</summary>
    public static string Pace(V1.TrainingStep step)
    {
        List<string> words = [string.Create(CultureInfo.InvariantCulture, $"{step.Tokens:N0} tokens")];
        if (step.Timing is { } timing)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{timing.TokensPerSecond:N0} tokens/s"));
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{timing.Step.ToTimeSpan().TotalSeconds:0.000} s a step ({timing.Data.ToTimeSpan().TotalSeconds:0.000} s for data)"));
            words.Add(Sizes.Text(timing.MemoryBytes));
            if (timing.HasFlopUtilization)
            {
                words.Add(string.Create(CultureInfo.InvariantCulture, $"{timing.FlopUtilization:0.0 %} of peak"));
            }
        }

        if (step.Skipped > 0)
        {
            words.Add($"{step.Skipped} steps skipped");
        }

        if (step.Timing is { Remaining: { } remaining })
        {
            words.Add($"{Durations.Text(remaining.ToTimeSpan())} left");
        }

        return string.Join(", ", words);
    }

    /// <summary>One object; what is no number is null, what is unknown is not there.</summary>
    public static JsonObject Json(V1.TrainingStep step)
    {
        var json = new JsonObject
        {
            ["step"] = step.Step,
            ["loss"] = Number(step.Loss),
            ["learning_rate"] = step.LearningRate,
            ["gradient_norm"] = Number(step.GradientNorm),
            ["tokens"] = step.Tokens,
            ["skipped"] = step.Skipped,
        };
        if (step.Timing is { } timing)
        {
            json["step_seconds"] = timing.Step.ToTimeSpan().TotalSeconds;
            json["data_seconds"] = timing.Data.ToTimeSpan().TotalSeconds;
            json["remaining_seconds"] = timing.Remaining.ToTimeSpan().TotalSeconds;
            json["tokens_per_second"] = timing.TokensPerSecond;
            json["memory_bytes"] = timing.MemoryBytes;
            if (timing.HasFlopUtilization)
            {
                json["flop_utilization"] = timing.FlopUtilization;
            }
        }

        return json;
    }

    private static JsonNode? Number(double value) => double.IsFinite(value) ? value : null;
}
