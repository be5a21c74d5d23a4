using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>What every model of the run is evaluated on.</summary>
/// <param name="Name">Short, as in the tables.</param>
/// <param name="Metric">The one shown in the tables; the evaluation holds all there are.</param>
/// <param name="Pt">What pretrained checkpoints are asked.</param>
/// <param name="Chat">What everything fine-tuned or merged is asked; often the same.</param>
public sealed record TaskSpec(string Name, string Metric, TaskSetting Pt, TaskSetting Chat);

/// <summary>What a model is asked on a task, and how.</summary>
/// <param name="Requests">A dataset: requests, or the rows a named or described task makes them of.</param>
/// <param name="Rules">What is done with each.</param>
public sealed record TaskSetting(SpecReference Requests, TaskRules Rules)
{
    /// <summary>Where the rules stand in the spec: 1 for the first line and column.</summary>
    public (int Line, int Column) RulesAt { get; init; } = (1, 1);

    /// <summary>A dataset with the examples shown before each question; null for none.</summary>
    public SpecReference? FewShot { get; init; }

    /// <summary>Tokens; 0 for no limit but the model's.</summary>
    public int MaxLength { get; init; }

    public bool AddBos { get; init; }

    /// <summary>Null: greedy.</summary>
    public Sampling? Sampling { get; init; }

    public DType ComputeDType { get; init; } = DType.F32;
}
