using System.Text;
using Graft.Artifacts;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Coordinator.Plan;

/// <summary>What a spec would make, counted; of two steps that are the same job, both count.</summary>
/// <param name="Checkpoints">Checkpoints of the trajectory.</param>
/// <param name="Trainings">Training jobs, pretraining included.</param>
/// <param name="TrainingSteps">Their optimizer steps together.</param>
/// <param name="Vectors">Extracted vectors.</param>
/// <param name="Merges">Merged checkpoints.</param>
/// <param name="Comparisons">Comparisons of vectors or bases.</param>
/// <param name="Evaluations">Evaluations of a model on a task.</param>
public sealed record PlanOutline(int Checkpoints, int Trainings, long TrainingSteps, int Vectors, int Merges, int Comparisons, int Evaluations)
{
    /// <exception cref="FaultException">Invalid: the plan is too large.</exception>
    public static PlanOutline Of(RunSpec spec)
    {
        // Which artifacts they are does not matter for what is made of them.
        var inputs = spec.References.Select(reference => reference.Text).Distinct().ToDictionary(text => text, text => Digest.Of(Encoding.UTF8.GetBytes(text)));
        var steps = Expansion.Of(spec, inputs).Steps;
        return new PlanOutline(
            spec.CheckpointNames.Count,
            Count(StepKind.Train),
            steps.Where(step => step.Kind == StepKind.Train).Sum(step => (long)step.TrainingSteps),
            Count(StepKind.Extract),
            Count(StepKind.Merge),
            Count(StepKind.Compare),
            Count(StepKind.Evaluate));

        int Count(StepKind kind) => steps.Count(step => step.Kind == kind);
    }
}
