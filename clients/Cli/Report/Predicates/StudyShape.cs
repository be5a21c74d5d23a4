namespace Graft.Cli.Report.Predicates;

/// <summary>The checkpoints of a study and the stages of pretraining they belong to.</summary>
/// <param name="Trajectory">In training order.</param>
/// <param name="Stages">Stage of each checkpoint, from 1; empty where nothing tells.</param>
internal sealed record StudyShape(IReadOnlyList<string> Trajectory, IReadOnlyDictionary<string, int> Stages)
{
    public const string NoStages =
        "nothing tells which checkpoints belong to which stage of pretraining; say it with graft report --stages, such as 3,2 for three "
        + "checkpoints of the first and two of the second";

    public const string OneStage = "all checkpoints belong to one stage of pretraining";

    public string? First => Trajectory.Count > 1 ? Trajectory[0] : null;

    public string? Last => Trajectory.Count > 1 ? Trajectory[^1] : null;

    /// <summary>Why nothing can be said about stages; null where something can.</summary>
    public string? NoBoundary =>
        Stages.Count == 0 || Trajectory.Any(name => StageOf(name) == 0) ? NoStages
        : Trajectory.Select(StageOf).Distinct().Count() < 2 ? OneStage
        : null;

    public int StageOf(string checkpoint) => Stages.GetValueOrDefault(checkpoint);

    public int FirstStage => Trajectory.Min(StageOf);

    public int LastStage => Trajectory.Max(StageOf);

    public string? Predecessor(string checkpoint) => Index(checkpoint) is > 0 and var index ? Trajectory[index - 1] : null;

    public bool IsForward(string source, string target) => Index(source) >= 0 && Index(source) < Index(target);

    public bool AreNeighbours(string one, string other) => Math.Abs(Index(one) - Index(other)) == 1;

    /// <summary>Forward from an earlier stage, and not from its last checkpoint, the nearest one on the other side.</summary>
    public bool IsDistant(string source, string target) =>
        IsAcrossForward(source, target) && Trajectory.Any(other => StageOf(other) == StageOf(source) && IsForward(source, other));

    public bool IsAcrossForward(string source, string target) => StageOf(source) is > 0 and var from && from < StageOf(target);

    public bool IsAcrossBackward(string source, string target) => StageOf(target) is > 0 and var to && to < StageOf(source);

    public bool AreOfOneStage(string one, string other) => StageOf(one) is > 0 and var stage && stage == StageOf(other);

    private int Index(string checkpoint) => Order.In(Trajectory, checkpoint) is int.MaxValue ? -1 : Order.In(Trajectory, checkpoint);
}
