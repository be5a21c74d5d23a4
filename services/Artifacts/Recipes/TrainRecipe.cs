namespace Graft.Artifacts.Recipes;

/// <summary>Where the weights of a training job come from.</summary>
public abstract record TrainStart;

/// <summary>The weights of a checkpoint.</summary>
public sealed record CheckpointStart(Digest Checkpoint) : TrainStart;

/// <summary>Random weights: matrices from N(0, std^2), vectors one.</summary>
/// <param name="Blueprint">Digest of config and tokenizer.</param>
/// <param name="Std">Standard deviation of the matrices, embeddings and head too.</param>
/// <param name="Seed">Seed of the generator.</param>
public sealed record RandomStart(Digest Blueprint, double Std, ulong Seed) : TrainStart;

/// <summary>How documents become sequences.</summary>
public enum DataLayout
{
    /// <summary>One stream of tokens in the data's order, cut into sequences.</summary>
    Packed = 1,

    /// <summary>One row a sequence, shuffled anew each epoch, padded on the right.</summary>
    Padded = 2,

    /// <summary>Whole rows side by side, as many as fit into a sequence, shuffled anew each epoch; no row sees another.</summary>
    PackedRows = 3,
}

/// <summary>Which tokens count in the loss.</summary>
public enum LossMask
{
    All = 1,
    Completion = 2,
}

/// <summary>How token losses of a batch become one number.</summary>
public enum LossReduction
{
    Mean = 1,
    Sum = 2,
}

/// <summary>Shape of the learning rate after warm-up.</summary>
public enum ScheduleShape
{
    Constant = 1,
    Linear = 2,
    Cosine = 3,
}

/// <summary>
/// Learning rate of a phase of n steps. At step i (from 0): peak * (i + 1) / warmup while i &lt; warmup; then, with
/// p = (i - warmup) / (n - warmup), linear peak * (1 - (1 - final) * p) or cosine peak * (final + (1 - final) * (1 + cos(pi p)) / 2).
/// </summary>
public sealed record Schedule(ScheduleShape Shape, double Peak, int WarmupSteps, double FinalRatio)
{
    /// <param name="step">Step of the phase, from 0.</param>
    /// <param name="steps">Steps of the phase.</param>
    public double At(int step, int steps)
    {
        if (step < WarmupSteps)
        {
            return Peak * (step + 1) / WarmupSteps;
        }

        var progress = (double)(step - WarmupSteps) / Math.Max(1, steps - WarmupSteps);
        return Shape switch
        {
            ScheduleShape.Constant => Peak,
            ScheduleShape.Linear => Peak * (1 - ((1 - FinalRatio) * progress)),
            ScheduleShape.Cosine => Peak * (FinalRatio + ((1 - FinalRatio) * 0.5 * (1 + Math.Cos(Math.PI * progress)))),
        };
    }
}

/// <summary>A dataset and how much of it is taken.</summary>
/// <param name="Dataset">Its digest.</param>
/// <param name="Weight">Rows taken in an epoch, as a multiple of those it has.</param>
public sealed record WeightedDataset(Digest Dataset, double Weight);

/// <summary>One phase of training: some data under one schedule.</summary>
public sealed record TrainPhase
{
    /// <summary>Digest of a dataset, JSON lines or Parquet: {"text"}, {"prompt", "completion"} or {"messages"}.</summary>
    public required Digest Dataset { get; init; }

    /// <summary>Weight of the first dataset; see <see cref="WeightedDataset"/>.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Further datasets, mixed with the first.</summary>
    public IReadOnlyList<WeightedDataset> MixedWith { get; init; } = [];

    /// <summary>Chat template by name; null: the one in the start's tokenizer files. Set, it makes conversations of prompts with completions too.</summary>
    public string? Template { get; init; }

    public required DataLayout Layout { get; init; }

    public required LossMask Mask { get; init; }

    public LossReduction Reduction { get; init; } = LossReduction.Mean;

    public required int Steps { get; init; }

    /// <summary>Sequences per step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int SequenceLength { get; init; }

    public required Schedule Schedule { get; init; }

    /// <summary>Put the tokenizer's beginning token before each document.</summary>
    public bool AddBos { get; init; }

    /// <summary>Put the tokenizer's end token behind each document.</summary>
    public bool AddEos { get; init; }

    /// <summary>All datasets, the first one first.</summary>
    public IReadOnlyList<WeightedDataset> Datasets => [new WeightedDataset(Dataset, Weight), .. MixedWith];
}

/// <summary>AdamW with decoupled weight decay (Loshchilov and Hutter, 2019) and clipping by global norm.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">On matrices, embeddings too; vectors (norms) are never decayed.</param>
/// <param name="ClipNorm">Largest global gradient norm; 0 for no clipping.</param>
public sealed record OptimizerSettings(double Beta1, double Beta2, double Epsilon, double WeightDecay, double ClipNorm);

/// <summary>Pretraining, fine-tuning and continual training.</summary>
public sealed record TrainRecipe : Recipe
{
    public required TrainStart Start { get; init; }

    /// <summary>In order; optimizer state is kept from one to the next.</summary>
    public required IReadOnlyList<TrainPhase> Phases { get; init; }

    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>Steps (over all phases, from 1) after which a checkpoint is kept, ascending; the last step is always one of them.</summary>
    public required IReadOnlyList<int> CheckpointSteps { get; init; }

    /// <summary>Seeds the order of the rows of padded data.</summary>
    public ulong Seed { get; init; }

    /// <summary>Element type of forward and backward; master weights and moments are always fp32.</summary>
    public DType ComputeDType { get; init; } = DType.F32;

    /// <summary>Element type of the stored checkpoints.</summary>
    public DType CheckpointDType { get; init; } = DType.F32;

    public int Steps => Phases.Sum(phase => phase.Steps);
}
