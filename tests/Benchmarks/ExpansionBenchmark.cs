using System.Diagnostics;
using System.Globalization;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;

namespace Graft.Tests.Benchmarks;

/// <summary>From the text of a spec to the steps of its run, and to the digests of all their recipes.</summary>
internal static class ExpansionBenchmark
{
    public static Task RunAsync()
    {
        // Checkpoints, scales: each pair of checkpoints is merged and evaluated at each scale.
        foreach (var (checkpoints, scales) in ((int, int)[])[(50, 2), (50, 10)])
        {
            var step = (1.0 / scales).ToString(CultureInfo.InvariantCulture);
            var yaml = $$"""
                name: large
                trajectory: { {{Map(checkpoints, i => $"M{i}: ./M{i}")}} }
                finetune: {given: { {{Map(checkpoints, i => $"M{i}: ./M{i}-FT")}} } }
                tasks: {t: {requests: ./t.jsonl, metric: acc_raw} }
                experiments: {matrix: {scales: {from: {{step}}, to: 1, step: {{step}} } } }
                """;
            Measure(yaml, out _);
            var expanded = Measure(yaml, out var plan);
            var began = Stopwatch.GetTimestamp();
            var made = new Digest[plan.Steps.Count];
            foreach (var item in plan.Steps)
            {
                made[item.Index] = RecipeCodec.DigestOf(item.Recipe([.. item.Needs.Select(need => made[need.Index])]));
            }

            Measurement.Row($"{plan.Steps.Count} steps", $"{expanded.TotalMilliseconds:F0} ms", $"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:F0} ms for the digests of their recipes");
        }

        return Task.CompletedTask;
    }

    private static TimeSpan Measure(string yaml, out RunPlan plan)
    {
        var began = Stopwatch.GetTimestamp();
        var spec = RunSpec.Parse(yaml);
        plan = Expansion.Of(spec, spec.References.Select(reference => reference.Text).Distinct().ToDictionary(text => text, text => Digest.Of(System.Text.Encoding.UTF8.GetBytes(text))));
        return Stopwatch.GetElapsedTime(began);
    }

    private static string Map(int count, Func<int, string> item) => string.Join(", ", Enumerable.Range(1, count).Select(item));
}
