using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>What a training takes for what is not said, in a spec or on the command line. A null stands for what fits the data or the model.</summary>
public sealed record TrainingPreset(string Name, string About)
{
    /// <summary>Without a preset.</summary>
    public static TrainingPreset None { get; } = new("", "");

    /// <summary>
    /// The fine-tuning of "Efficient Model Development through Fine-tuning Transfer" (arXiv 2503.20110) and its released train_math.sh:
    /// 30,000 steps of 8 rows, the sum of the token losses clipped to norm 1, in the Tulu format with a beginning token.
    /// </summary>
    private static readonly TrainingPreset _transfer = new("finetuning-transfer", "the fine-tuning of the study (arXiv 2503.20110): 30,000 steps of 8 rows at 5e-6")
    {
        Steps = 30_000,
        Batch = 8,
        Length = 4096,
        Layout = DataLayout.Padded,
        Mask = LossMask.Completion,
        Template = "tulu",
        Reduction = LossReduction.Sum,
        Rate = 5e-6,
        Warmup = 900,
        Final = 0,
        Optimizer = new OptimizerSettings(0.9, 0.999, 1e-8, 0, 1),
        Every = 5000,
        Seed = 123,
        Keep = DType.BF16,
    };

    // OLMo 2's pretraining (configs/official-1124 and official-0425 of allenai/OLMo). A step of 7B is 1024 x 4096 tokens, one of 1B half of it.
    private static readonly TrainingPreset _pretraining = new("", "")
    {
        Length = 4096,
        Layout = DataLayout.Packed,
        Mask = LossMask.All,
        Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1) { ExemptEmbeddings = true },
        ZLoss = 1e-5,
        InitStd = 0.02,
        InitCutoff = 3,
        Seed = 42,
    };

    private static readonly TrainingPreset _stage1 = _pretraining with { Shape = ScheduleShape.Cosine, Final = 0.1 };

    private static readonly TrainingPreset _stage2 = _pretraining with { Shape = ScheduleShape.Linear, Warmup = 0, Final = 0, Every = 1000 };

    public static IReadOnlyList<TrainingPreset> All { get; } =
    [
        _transfer,
        _stage1 with { Name = "olmo2-7b-stage1", About = "OLMo 2 7B, stage 1: 3.9T of the 5T tokens its cosine spans", Steps = 928_646, Batch = 1024, Rate = 3e-4, Warmup = 2000, DecaySteps = 1_192_093, Every = 1000 },
        _stage2 with { Name = "olmo2-7b-stage2", About = "OLMo 2 7B, stage 2: 50B tokens to zero", Steps = 11_931, Batch = 1024, Rate = 6.1499e-5 },
        _stage1 with { Name = "olmo2-1b-stage1", About = "OLMo 2 1B, stage 1: 4T tokens", Steps = 1_907_359, Batch = 512, Rate = 4e-4, Warmup = 4000, DecaySteps = 1_907_349, Every = 10_000 },
        _stage2 with { Name = "olmo2-1b-stage2", About = "OLMo 2 1B, stage 2: 50B tokens to zero", Steps = 23_852, Batch = 512, Rate = 7.4487e-5 },
    ];

    public int? Steps { get; init; }

    public int Batch { get; init; } = 32;

    public int? Length { get; init; }

    public DataLayout? Layout { get; init; }

    public LossMask? Mask { get; init; }

    public string? Template { get; init; }

    public LossReduction Reduction { get; init; } = LossReduction.Mean;

    public ScheduleShape Shape { get; init; } = ScheduleShape.Linear;

    public double Rate { get; init; } = 2e-5;

    public int? Warmup { get; init; }

    public double Final { get; init; } = 0.1;

    public int DecaySteps { get; init; }

    public OptimizerSettings Optimizer { get; init; } = new(0.9, 0.95, 1e-8, 0, 1);

    public int? Every { get; init; }

    public long Seed { get; init; }

    public DType? Keep { get; init; }

    public double InitStd { get; init; } = 0.02;

    public double InitCutoff { get; init; }

    public double ZLoss { get; init; }

    public static TrainingPreset Find(string? name) => name is null ? None : All.First(preset => preset.Name == name);
}
