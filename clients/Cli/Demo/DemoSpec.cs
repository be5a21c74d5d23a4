namespace Graft.Cli.Demo;

/// <summary>The demo's study as a spec of a run: the recipe was tuned for what a few minutes on two cores can show.</summary>
/// <param name="Preset">How much of it.</param>
/// <param name="Seed">Of the world, its text, the weights and the order of the data.</param>
internal sealed record DemoSpec(DemoPreset Preset, ulong Seed)
{
    public const int Batch = 32;
    public const int Length = 48;

    /// <summary>Beginning of the names of what the presets share.</summary>
    public string World => Preset == DemoPreset.Smoke ? $"demo/smoke-{Seed}" : $"demo/seed-{Seed}";

    public int Stage1Steps => 2400 / Reduction;

    public int Stage2Steps => 800 / Reduction;

    /// <summary>Items of the task gsm-micro.</summary>
    public int NumProblems => Preset == DemoPreset.Smoke ? 40 : ProblemSet.NumTest;

    /// <summary>Items of the task facts.</summary>
    public int NumFacts => Preset == DemoPreset.Smoke ? 32 : FactRequests.Count;

    private int Reduction => Preset == DemoPreset.Smoke ? 20 : 1;

    /// <summary>Name of the run.</summary>
    public string Name => $"{World}/{PresetName}";

    public string PresetName => Preset switch
    {
        DemoPreset.Full => "full",
        DemoPreset.Quick => "quick",
        DemoPreset.Smoke => "smoke",
    };

    public string NameOf(DemoInput input) => $"{World}/{input switch
    {
        DemoInput.Blueprint => "blueprint",
        DemoInput.Stage1 => "stage-1",
        DemoInput.Stage2 => "stage-2",
        DemoInput.Training => "gsm-micro-train",
        DemoInput.Test => "gsm-micro-test",
        DemoInput.Facts => "facts",
    }}";

    public string ToYaml()
    {
        var (steps, every, peak) = Preset switch
        {
            DemoPreset.Full => (240, 40, "6e-4"),
            DemoPreset.Quick => (120, 20, "1e-3"),
            DemoPreset.Smoke => (12, 2, "1e-3"),
        };
        var experiments = Preset switch
        {
            DemoPreset.Full or DemoPreset.Smoke => $$"""
                  continual: {cells: forward, seed: {{501 + (1000 * Seed)}}}
                  recurrent: {seed: {{501 + (1000 * Seed)}}}
                  control: {seed: {{501 + (1000 * Seed)}}}
                """,
            DemoPreset.Quick => $$"""
                  continual: {cells: nearest, seed: {{501 + (1000 * Seed)}}}
                """,
        };
        return $$"""
            name: {{Name}}
            seed: {{Seed}}
            pretrain:
              blueprint: {{NameOf(DemoInput.Blueprint)}}
              init: {std: 0.125, seed: {{Seed}}}
              optimizer: {beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0.1, clip_norm: 1.0}
              phases:
                - data: {{NameOf(DemoInput.Stage1)}}
                  layout: packed
                  mask: all
                  steps: {{Stage1Steps}}
                  batch: {{Batch}}
                  length: {{Length}}
                  add_bos: true
                  schedule: {shape: cosine, peak: 2e-3, warmup: {{100 / Reduction}}, final: 0.35}
                - data: {{NameOf(DemoInput.Stage2)}}
                  layout: packed
                  mask: all
                  steps: {{Stage2Steps}}
                  batch: {{Batch}}
                  length: {{Length}}
                  add_bos: true
                  schedule: {shape: linear, peak: 7e-4, warmup: 0, final: 0}
              checkpoints: {M1: {{Kept(1250)}}, M2: {{Kept(1800)}}, M3: {{Kept(2400)}}, M4: {{Kept(2850)}}, M5: {{Kept(3200)}}}
            finetune:
              recipe:
                data: {{NameOf(DemoInput.Training)}}
                layout: padded
                mask: completion
                add_bos: true
                add_eos: true
                steps: {{steps}}
                batch: {{Batch}}
                length: {{Length}}
                every: {{every}}
                seed: {{500 + (1000 * Seed)}}
                schedule: {shape: linear, peak: {{peak}}, warmup: {{steps / 10}}, final: 0.1}
                optimizer: {beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weight_decay: 0, clip_norm: 1.0}
            tasks:
              gsm-micro:
                requests: {{NameOf(DemoInput.Test)}}
                metric: exact_match
                generate: {max_new_tokens: 12, extract: last_number, stop: []}
              facts: {requests: {{NameOf(DemoInput.Facts)}}, metric: acc_raw}
            experiments:
              matrix: {direction: both, scales: [1.0]}
            {{experiments}}

            """;
    }

    private int Kept(int step) => step / Reduction;
}
