using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Plan;

/// <summary>What a step does.</summary>
internal enum StepKind
{
    Train,
    Checkpoint,
    Extract,
    Merge,
    Compare,
    Evaluate,
}

/// <summary>One step of a plan: one recipe, known as soon as the artifacts it needs are.</summary>
internal sealed record PlanStep
{
    /// <summary>Place in the plan; every step stands behind what it needs.</summary>
    public required int Index { get; init; }

    /// <summary>Unique in the plan, readable: "merge/M2+M1".</summary>
    public required string Id { get; init; }

    public required StepKind Kind { get; init; }

    /// <summary>Steps whose artifacts its recipe takes. A checkpoint's recipe takes what its training job's takes.</summary>
    public required IReadOnlyList<PlanStep> Needs { get; init; }

    /// <summary>Its recipe, from the artifacts of <see cref="Needs"/> in that order.</summary>
    public required Func<IReadOnlyList<Digest>, Recipe> Recipe { get; init; }

    /// <summary>For a checkpoint: the training job that keeps it.</summary>
    public PlanStep? Trainer { get; init; }

    /// <summary>For training, its steps; for a checkpoint, the step after which it is kept; otherwise 0.</summary>
    public int TrainingSteps { get; init; }

    /// <summary>For evaluations: the model.</summary>
    public Cell? Cell { get; init; }

    /// <summary>For evaluations: the task; otherwise empty.</summary>
    public string Task { get; init; } = "";

    /// <summary>Names its artifact gets, below the run's own.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    public override string ToString() => Id;
}
