using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Coordinator.Plan;

/// <summary>An artifact a recipe takes: one that exists, or what a step makes.</summary>
internal readonly record struct Source(Digest? Known, PlanStep? Step)
{
    public static implicit operator Source(Digest known) => new(known, null);

    public static implicit operator Source(PlanStep step) => new(null, step);
}

/// <summary>Gathers the steps of a plan.</summary>
internal sealed class PlanBuilder
{
    /// <summary>So many steps fit a coordinator's memory and its messages with room to spare.</summary>
    public const int MaxSteps = 50_000;

    private readonly List<PlanStep> _steps = [];
    private readonly HashSet<string> _ids = [];
    private readonly List<(string Name, Digest Artifact)> _inputNames = [];

    public PlanStep Add(
        string id, StepKind kind, IReadOnlyList<Source> sources, Func<IReadOnlyList<Digest>, Recipe> recipe, params IReadOnlyList<string> names) =>
        Add(new PlanStep
        {
            Index = _steps.Count,
            Id = id,
            Kind = kind,
            Needs = Needs(sources),
            Recipe = made => recipe(Fill(sources, made)),
            Names = names,
        });

    public PlanStep AddEvaluation(string id, Source model, Cell cell, string task, Func<Digest, Recipe> recipe) =>
        Add(new PlanStep
        {
            Index = _steps.Count,
            Id = id,
            Kind = StepKind.Evaluate,
            Needs = Needs([model]),
            Recipe = made => recipe(Fill([model], made)[0]),
            Cell = cell,
            Task = task,
        });

    public PlanStep AddTraining(string id, IReadOnlyList<Source> sources, int steps, Func<IReadOnlyList<Digest>, TrainRecipe> recipe) =>
        Add(new PlanStep
        {
            Index = _steps.Count,
            Id = id,
            Kind = StepKind.Train,
            Needs = Needs(sources),
            Recipe = made => recipe(Fill(sources, made)),
            TrainingSteps = steps,
        });

    /// <summary>A checkpoint that a training step keeps.</summary>
    public PlanStep AddCheckpoint(string id, PlanStep trainer, int step, params IReadOnlyList<string> names) =>
        Add(new PlanStep
        {
            Index = _steps.Count,
            Id = id,
            Kind = StepKind.Checkpoint,
            Needs = trainer.Needs,
            Recipe = made => new CheckpointRecipe((TrainRecipe)trainer.Recipe(made), step),
            Trainer = trainer,
            TrainingSteps = step,
            Names = names,
        });

    /// <summary>Names a checkpoint that was given.</summary>
    public void NameInput(string name, Digest artifact) => _inputNames.Add((name, artifact));

    public RunPlan Build(string name) => new(name, _steps, _inputNames);

    private PlanStep Add(PlanStep step)
    {
        if (_steps.Count == MaxSteps)
        {
            throw FaultException.Invalid($"The spec expands into more than {MaxSteps} steps; divide it into several runs.", "spec.yaml");
        }

        if (!_ids.Add(step.Id))
        {
            throw new InvalidOperationException($"Two steps are called {step.Id}.");
        }

        _steps.Add(step);
        return step;
    }

    private static IReadOnlyList<PlanStep> Needs(IReadOnlyList<Source> sources) => [.. sources.Select(source => source.Step).OfType<PlanStep>()];

    private static Digest[] Fill(IReadOnlyList<Source> sources, IReadOnlyList<Digest> made)
    {
        var next = 0;
        return [.. sources.Select(source => source.Known ?? made[next++])];
    }
}
