using Graft.Artifacts;

namespace Graft.Cli.Report;

/// <summary>What the spec of a run says that its steps do not. Everything may be empty: the run then speaks for itself.</summary>
internal sealed record SpecFacts
{
    public static SpecFacts None { get; } = new();

    /// <summary>Names of the checkpoints in training order.</summary>
    public IReadOnlyList<string> Trajectory { get; init; } = [];

    /// <summary>Pretraining stage of each checkpoint, from 1, where the run pretrains them.</summary>
    public IReadOnlyDictionary<string, int> Stages { get; init; } = new Dictionary<string, int>();

    /// <summary>Metric of each task, in the order of the spec.</summary>
    public IReadOnlyDictionary<string, string> Metrics { get; init; } = new OrderedDictionary<string, string>();

    /// <summary>Digests of the checkpoints that were given, not made, by their names in the study ("M1", "M1-FT").</summary>
    public IReadOnlyDictionary<string, Digest> Given { get; init; } = new Dictionary<string, Digest>();
}
