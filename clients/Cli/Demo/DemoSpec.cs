namespace Graft.Cli.Demo;

/// <summary>The demo's study as a spec of a run: the recipe was tuned for what a few minutes on two cores can show.</summary>
/// <param name="Preset">How much of it.</param>
/// <param name="Seed">Of the world, its text, the weights and the order of the data.</param>
internal sealed record DemoSpec(DemoPreset Preset, ulong Seed)
{
    public const int Batch = 32;
    public const int Length = 48;
    public const int Stage1Steps = 2400;
    public const int Stage2Steps = 800;

    /// <summary>Beginning of the names of what the presets share.</summary>
    public string World => $"demo/seed-{Seed}";

    /// <summary>Name of the run.</summary>
    public string Name => $"{World}/{PresetName}";

    public string PresetName => Preset switch
    {
        DemoPreset.Full => "full",
        DemoPreset.Quick => "quick",
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
        };
        var experiments = Preset switch
        {
            DemoPreset.Full => $$"""
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
                  schedule: {shape: cosine, peak: 2e-3, warmup: 100, final: 0.35}
                - data: {{NameOf(DemoInput.Stage2)}}
                  layout: packed
                  mask: all
                  steps: {{Stage2Steps}}
                  batch: {{Batch}}
                  length: {{Length}}
                  add_bos: true
                  schedule: {shape: linear, peak: 7e-4, warmup: 0, final: 0}
              checkpoints: {M1: 1250, M2: 1800, M3: 2400, M4: 2850, M5: 3200}
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
}
