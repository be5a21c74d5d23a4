using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>A checkpoint of the trajectory that exists.</summary>
public sealed record GivenCheckpoint(string Name, SpecReference Reference);

/// <summary>A checkpoint of the trajectory that pretraining keeps after a step.</summary>
public sealed record KeptCheckpoint(string Name, int Step);

/// <summary>Element types of a training job: of its computations and of the checkpoints it keeps.</summary>
public sealed record TrainingDTypes(DType Compute, DType Checkpoint);

/// <summary>A dataset and how much of it is taken; see <see cref="WeightedDataset"/>.</summary>
public sealed record WeightedReference(SpecReference Reference, double Weight);

/// <summary>Low-rank updates; see <see cref="LoraSettings"/>.</summary>
/// <param name="Rank">Their rank.</param>
/// <param name="Alpha">Scale, over the rank.</param>
/// <param name="Targets">Names of matrices with * for any characters.</param>
/// <param name="Seed">Null: that of the training.</param>
public sealed record LoraSpec(int Rank, double Alpha, IReadOnlyList<string> Targets, ulong? Seed);

/// <summary>One phase of training; see <see cref="TrainPhase"/>.</summary>
public sealed record PhaseSpec
{
    /// <summary>One or more, mixed.</summary>
    public required IReadOnlyList<WeightedReference> Datasets { get; init; }

    /// <summary>The first of the datasets.</summary>
    public SpecReference Data => Datasets[0].Reference;

    /// <summary>Chat template by name; null for the one in the tokenizer's files.</summary>
    public string? Template { get; init; }

    public required DataLayout Layout { get; init; }

    public required LossMask Mask { get; init; }

    public required LossReduction Reduction { get; init; }

    public required int Steps { get; init; }

    /// <summary>Sequences per step.</summary>
    public required int Batch { get; init; }

    /// <summary>Sequences whose gradient is computed at one time; 0 for all of the step.</summary>
    public int MicroBatch { get; init; }

    /// <summary>Longest sequence in tokens.</summary>
    public required int Length { get; init; }

    public required bool AddBos { get; init; }

    public required bool AddEos { get; init; }

    public required Schedule Schedule { get; init; }
}

/// <summary>Pretraining that makes the trajectory.</summary>
public sealed record PretrainSpec
{
    public required SpecReference Blueprint { get; init; }

    /// <summary>Standard deviation of the first weights.</summary>
    public required double InitStd { get; init; }

    /// <summary>Nothing beyond this many standard deviations; 0 for no cut.</summary>
    public double InitCutoff { get; init; }

    public required ulong InitSeed { get; init; }

    public required OptimizerSettings Optimizer { get; init; }

    public required IReadOnlyList<PhaseSpec> Phases { get; init; }

    /// <summary>By ascending step.</summary>
    public required IReadOnlyList<KeptCheckpoint> Checkpoints { get; init; }

    public required ulong Seed { get; init; }

    public required TrainingDTypes DTypes { get; init; }

    public MemorySettings Memory { get; init; } = MemorySettings.Default;

    public double ZLoss { get; init; }
}

/// <summary>Where the fine-tuned checkpoints come from.</summary>
public sealed record FinetuneSpec
{
    /// <summary>Fine-tuned checkpoints that exist, by the checkpoint of the trajectory they started from.</summary>
    public required IReadOnlyDictionary<string, SpecReference> Given { get; init; }

    /// <summary>Makes those that are not given, and is the recipe of continual training.</summary>
    public required FinetuneRecipe? Recipe { get; init; }
}

/// <summary>The recipe of fine-tuning, and of continual training under another seed.</summary>
/// <param name="Phase">Its only phase.</param>
/// <param name="Every">A checkpoint is kept and evaluated after each multiple of this, and after the last step.</param>
/// <param name="Seed">Order of the data.</param>
/// <param name="Optimizer">Fresh in each job.</param>
/// <param name="DTypes">Element types.</param>
public sealed record FinetuneRecipe(PhaseSpec Phase, int Every, ulong Seed, OptimizerSettings Optimizer, TrainingDTypes DTypes)
{
    public MemorySettings Memory { get; init; } = MemorySettings.Default;

    /// <summary>Null: all weights are trained.</summary>
    public LoraSpec? Lora { get; init; }

    public double ZLoss { get; init; }

    /// <summary>Steps after which a checkpoint is kept, ascending.</summary>
    public IReadOnlyList<int> CheckpointSteps =>
        [.. Enumerable.Range(1, Phase.Steps / Every).Select(i => i * Every).Where(step => step < Phase.Steps), Phase.Steps];
}
