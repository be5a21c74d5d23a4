using Graft.Artifacts;

namespace Graft.Coordinator.Plan;

/// <summary>A run as a graph of steps.</summary>
internal sealed class RunPlan
{
    private readonly List<PlanStep>[] _dependents;
    private readonly List<PlanStep>[] _checkpoints;
    private readonly long[] _path;

    public RunPlan(string name, IReadOnlyList<PlanStep> steps, IReadOnlyList<(string Name, Digest Artifact)> inputNames)
    {
        Name = name;
        Steps = steps;
        InputNames = inputNames;
        _dependents = Lists(steps.SelectMany(step => step.Needs.Select(need => (need, step))));
        _checkpoints = Lists(steps.Where(step => step.Trainer is not null).Select(step => (step.Trainer!, step)));
        _path = Paths();
    }

    /// <summary>Name from the spec.</summary>
    public string Name { get; }

    /// <summary>In an order in which every step stands behind what it needs.</summary>
    public IReadOnlyList<PlanStep> Steps { get; }

    /// <summary>Names, below the run's own, of the checkpoints it was given.</summary>
    public IReadOnlyList<(string Name, Digest Artifact)> InputNames { get; }

    /// <summary>Steps whose recipe takes this one's artifact; once for each time it takes it.</summary>
    public IReadOnlyList<PlanStep> Dependents(PlanStep step) => _dependents[step.Index];

    /// <summary>The checkpoints a training job keeps, by their step.</summary>
    public IReadOnlyList<PlanStep> Checkpoints(PlanStep train) => _checkpoints[train.Index];

    /// <summary>Work on the longest way from the start of this step to the end of the run, in training steps; every other job counts one.</summary>
    public long Path(PlanStep step) => _path[step.Index];

    private List<PlanStep>[] Lists(IEnumerable<(PlanStep Of, PlanStep Item)> pairs)
    {
        var lists = new List<PlanStep>[Steps.Count];
        for (var i = 0; i < lists.Length; i++)
        {
            lists[i] = [];
        }

        foreach (var (of, item) in pairs)
        {
            lists[of.Index].Add(item);
        }

        return lists;
    }

    // A checkpoint waits only for its own part of the training job.
    private long[] Paths()
    {
        var path = new long[Steps.Count];
        foreach (var step in Steps.Reverse())
        {
            var after = Dependents(step).Where(next => next.Trainer is null).Select(next => path[next.Index]).DefaultIfEmpty().Max();
            path[step.Index] = step.Kind switch
            {
                StepKind.Checkpoint => after,
                StepKind.Train => Checkpoints(step).Select(kept => kept.TrainingSteps + path[kept.Index]).Append(step.TrainingSteps + after).Max(),
                StepKind.Extract or StepKind.Merge or StepKind.Compare or StepKind.Evaluate => 1 + after,
            };
        }

        return path;
    }
}
