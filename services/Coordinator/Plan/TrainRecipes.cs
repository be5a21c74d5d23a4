using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;

namespace Graft.Coordinator.Plan;

/// <summary>Training recipes from a spec's sections.</summary>
internal static class TrainRecipes
{
    /// <param name="spec">The section.</param>
    /// <param name="input">What a reference stands for.</param>
    public static TrainRecipe Pretrain(PretrainSpec spec, Func<SpecReference, Digest> input)
    {
        var steps = spec.Phases.Sum(phase => phase.Steps);
        var kept = spec.Checkpoints.Select(checkpoint => checkpoint.Step);
        return new TrainRecipe
        {
            Start = new RandomStart(input(spec.Blueprint), spec.InitStd, spec.InitSeed) { Cutoff = spec.InitCutoff },
            Phases = [.. spec.Phases.Select(phase => Phase(phase, input))],
            Optimizer = spec.Optimizer,
            CheckpointSteps = [.. kept.Where(step => step < steps), steps],
            Seed = spec.Seed,
            ComputeDType = spec.DTypes.Compute,
            CheckpointDType = spec.DTypes.Checkpoint,
            Memory = spec.Memory,
            ZLoss = spec.ZLoss,
        };
    }

    /// <param name="spec">The recipe of the spec.</param>
    /// <param name="start">Checkpoint it starts from.</param>
    /// <param name="seed">Order of the data.</param>
    /// <param name="repetition">Added to seeds that the recipe has beside that.</param>
    /// <param name="input">What a reference stands for.</param>
    public static TrainRecipe Finetune(FinetuneRecipe spec, Digest start, ulong seed, ulong repetition, Func<SpecReference, Digest> input) => new()
    {
        Start = new CheckpointStart(start),
        Phases = [Phase(spec.Phase, input)],
        Optimizer = spec.Optimizer,
        CheckpointSteps = spec.CheckpointSteps,
        Seed = seed,
        ComputeDType = spec.DTypes.Compute,
        CheckpointDType = spec.DTypes.Checkpoint,
        Memory = spec.Memory,
        Lora = spec.Lora is { } lora
            ? new LoraSettings(lora.Rank, lora.Alpha, lora.Targets, lora.Seed is { } own ? unchecked(own + repetition) : seed)
            : null,
        ZLoss = spec.ZLoss,
    };

    private static TrainPhase Phase(PhaseSpec spec, Func<SpecReference, Digest> input) => new()
    {
        Dataset = input(spec.Data),
        Weight = spec.Datasets[0].Weight,
        MixedWith = [.. spec.Datasets.Skip(1).Select(data => new WeightedDataset(input(data.Reference), data.Weight))],
        Template = spec.Template,
        Layout = spec.Layout,
        Mask = spec.Mask,
        Reduction = spec.Reduction,
        Steps = spec.Steps,
        BatchSize = spec.Batch,
        MicroBatchSize = spec.MicroBatch,
        SequenceLength = spec.Length,
        Schedule = spec.Schedule,
        AddBos = spec.AddBos,
        AddEos = spec.AddEos,
    };
}
