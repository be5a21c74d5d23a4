using Graft.Artifacts;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;

namespace Graft.Tests.Unit.Coordinator;

/// <summary>A spec like the demo's, and inputs for the references of any spec.</summary>
internal static class DemoSpec
{
    public const string Yaml = """
        name: demo
        seed: 7
        pretrain:
          blueprint: ./tiny
          init: {std: 0.125, seed: 0}
          optimizer: {beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.1, clip_norm: 1.0}
          phases:
            - {data: ./stage1.jsonl, layout: packed, mask: all, steps: 2400, batch: 32, length: 48, add_bos: true, schedule: {shape: cosine, peak: 2e-3, warmup: 100, final: 0.35}}
            - {data: ./stage2.jsonl, layout: packed, mask: all, steps: 800, batch: 32, length: 48, add_bos: true, schedule: {shape: linear, peak: 7e-4}}
          checkpoints: {M1: 1250, M2: 1800, M3: 2400, M4: 2850, M5: 3200}
        finetune:
          recipe:
            data: ./train.jsonl
            layout: padded
            mask: completion
            add_bos: true
            add_eos: true
            steps: 240
            batch: 32
            length: 48
            every: 40
            seed: 500
            schedule: {shape: linear, peak: 6e-4, warmup: 24, final: 0.1}
        tasks:
          gsm-micro: {requests: ./gsm.jsonl, metric: exact_match, generate: {max_new_tokens: 12, extract: last_number, stop: []}}
          facts: {requests: ./facts.jsonl, metric: acc_raw}
        experiments:
          matrix: {direction: both, scales: [1.0]}
          continual: {cells: forward, seed: 501}
          recurrent: {seed: 501}
          control: {seed: 501}
        """;

    /// <summary>A trajectory of given checkpoints M1.. with given fine-tunings, merged both ways, on one task.</summary>
    public static string Given(int checkpoints, string scales = "[1.0]", bool evaluate = true) => $$"""
        name: given
        trajectory: {{{Map(checkpoints, i => $"M{i}: ./M{i}")}}}
        finetune:
          given: {{{Map(checkpoints, i => $"M{i}: ./M{i}-FT")}}}
        experiments:
          matrix: {direction: both, scales: {{scales}}}
        {{(evaluate ? "tasks: {gsm: {requests: ./gsm.jsonl, metric: bits_per_byte}}" : "")}}
        """;

    public static Digest InputOf(string reference) => Digest.Of(System.Text.Encoding.UTF8.GetBytes($"input {reference}"));

    public static IReadOnlyDictionary<string, Digest> InputsOf(RunSpec spec) =>
        spec.References.Select(reference => reference.Text).Distinct().ToDictionary(text => text, InputOf);

    public static RunPlan PlanOf(string yaml)
    {
        var spec = RunSpec.Parse(yaml);
        return Expansion.Of(spec, InputsOf(spec));
    }

    private static string Map(int count, Func<int, string> item) => string.Join(", ", Enumerable.Range(1, count).Select(item));
}
