using Graft.Artifacts;

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

    /// <summary>Pretraining stage of each checkpoint, from 1; empty where the trajectory was given. Not part of results.json.</summary>
    public IReadOnlyDictionary<string, int> Stages { get; init; } = new Dictionary<string, int>();
}

/// <summary>The scores of one task. A part that did not run is empty.</summary>
/// <param name="Metric">Name of the metric, such as "exact_match".</param>
/// <param name="Items">Items each score is a mean over.</param>
internal sealed record TaskResults(string Metric, int Items)
{
    public IReadOnlyDictionary<string, Score> Pt { get; init; } = new OrderedDictionary<string, Score>();

    public IReadOnlyDictionary<string, IReadOnlyList<StepScore>> Ft { get; init; } =
        new OrderedDictionary<string, IReadOnlyList<StepScore>>();

    /// <summary>By base, then by source of the vector, at scale 1.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> Merge { get; init; } =
        new OrderedDictionary<string, IReadOnlyDictionary<string, Score>>();

    /// <summary>By base, then by source of the vector the training started with.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<StepScore>>> Continual { get; init; } =
        new OrderedDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>();

    public IReadOnlyDictionary<string, RecurrentScores> Recurrent { get; init; } = new OrderedDictionary<string, RecurrentScores>();

    /// <summary>Fine-tuned checkpoints trained on for a second budget.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<StepScore>> Control { get; init; } =
        new OrderedDictionary<string, IReadOnlyList<StepScore>>();

    /// <summary>Every checkpoint that has a score, in the order of the trajectory; those that are only the source of a vector come last.</summary>
    public IReadOnlyList<string> Trajectory =>
    [
        .. Pt.Keys.Union(Ft.Keys).Union(Merge.Keys).Union(Continual.Keys).Union(Recurrent.Keys).Union(Control.Keys)
            .Union(Merge.Values.SelectMany(sources => sources.Keys)),
    ];

    /// <summary>The checkpoint just before this one, or null for the first.</summary>
    public string? Predecessor(string checkpoint)
    {
        var trajectory = Trajectory;
        var index = trajectory.ToList().IndexOf(checkpoint);
        return index > 0 ? trajectory[index - 1] : null;
    }

    public Score? Tuned(string checkpoint) => Ft.GetValueOrDefault(checkpoint)?[^1].Score;

    public Score? Merged(string checkpoint, string source) => Merge.GetValueOrDefault(checkpoint)?.GetValueOrDefault(source);

    public IReadOnlyList<StepScore>? Curve(string checkpoint, string source) =>
        Continual.GetValueOrDefault(checkpoint)?.GetValueOrDefault(source);

    public Score? Trained(string checkpoint, string source) => Curve(checkpoint, source)?[^1].Score;

    public Score? Controlled(string checkpoint) => Control.GetValueOrDefault(checkpoint)?[^1].Score;
}

/// <summary>A mean over items.</summary>
/// <param name="Value">Accuracies as 0..1, bits per byte as they are.</param>
/// <param name="StandardError">Of the mean, from the sample of items.</param>
/// <param name="Evaluation">Artifact it was read from.</param>
internal sealed record Score(double Value, double StandardError, Digest Evaluation)
{
    /// <summary>What the mean is over, where the evaluation tells; for paired tests. Not part of results.json.</summary>
    public ItemValues? Items { get; init; }
}

/// <summary>The value of each item of an evaluation; ids and values are of one length.</summary>
internal sealed record ItemValues(IReadOnlyList<string> Ids, IReadOnlyList<double> Values);

/// <summary>A score after some training.</summary>
/// <param name="Step">Null for the end of a training done elsewhere ("final" in results.json).</param>
/// <param name="Score">The score.</param>
internal sealed record StepScore(int? Step, Score Score)
{
    public const string Final = "final";

    public string Key => Step?.ToString() ?? Final;
}

/// <summary>Recurrent merging at one base: as merged, and trained on; either may not have run.</summary>
internal sealed record RecurrentScores(Score? Merged, IReadOnlyList<StepScore> Trained)
{
    public Score? Last => Trained.Count > 0 ? Trained[^1].Score : null;
}
