using Graft.Artifacts;
using Graft.Cli.Report.Geometry;

namespace Graft.Cli.Report;

/// <summary>What a study was started with, and how long it took.</summary>
/// <param name="Seed">Seed of everything random in it.</param>
/// <param name="Preset">Name of the preset or of the spec.</param>
/// <param name="Wall">Time from its start to its end.</param>
internal sealed record StudyInfo(long Seed, string Preset, TimeSpan Wall);

/// <summary>What a study measured. Dictionaries enumerate in the order of the trajectory, tasks in the order of the spec.</summary>
internal sealed record Results(StudyInfo Study)
{
    /// <summary>Digest of each model by its name in the study: "M1", "M1-FT", "M2+M1", "M2+M1-CT", "M3+rec", "M3+rec-CT", "M1-FT-CT".</summary>
    public IReadOnlyDictionary<string, Digest> Checkpoints { get; init; } = new OrderedDictionary<string, Digest>();

    /// <summary>By task; the first is the target of the fine-tuning, the others are watched for side effects.</summary>
    public IReadOnlyDictionary<string, TaskResults> Tasks { get; init; } = new OrderedDictionary<string, TaskResults>();

    /// <summary>Pretraining stage of each checkpoint, from 1; empty where nothing tells. Not part of results.json.</summary>
    public IReadOnlyDictionary<string, int> Stages { get; init; } = new Dictionary<string, int>();

    /// <summary>Every evaluation on its own, one seed each, whatever part of the tables it belongs to.</summary>
    public IReadOnlyList<CellScore> Cells { get; init; } = [];

    /// <summary>The run behind the scores; null for results that were read from a file.</summary>
    public RunFacts? Run { get; init; }

    /// <summary>Where the numbers are from when no run made them; null for a run's.</summary>
    public string? Source { get; init; }

    /// <summary>How diff vectors and checkpoints lie to each other, where the run compared any.</summary>
    public IReadOnlyList<WeightComparison> Geometry { get; init; } = [];
}
