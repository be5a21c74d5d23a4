namespace Graft.Cli.Report;

/// <summary>The scores of one task. A part that did not run is empty.</summary>
/// <param name="Metric">Name of the metric, such as "exact_match".</param>
/// <param name="Items">Items each score is a mean over.</param>
internal sealed record TaskResults(string Metric, int Items)
{
    public IReadOnlyDictionary<string, Score> Pt { get; init; } = new OrderedDictionary<string, Score>();

    public IReadOnlyDictionary<string, IReadOnlyList<StepScore>> Ft { get; init; } =
        new OrderedDictionary<string, IReadOnlyList<StepScore>>();

    /// <summary>By base, then by source of the vector, at scale 1, of the last step of the fine-tuning.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> Merge { get; init; } =
        new OrderedDictionary<string, IReadOnlyDictionary<string, Score>>();

    /// <summary>By base, then by source of the vector the training started with.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<StepScore>>> Continual { get; init; } =
        new OrderedDictionary<string, IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>();

    public IReadOnlyDictionary<string, RecurrentScores> Recurrent { get; init; } = new OrderedDictionary<string, RecurrentScores>();

    /// <summary>Fine-tuned checkpoints trained on for a second budget.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<StepScore>> Control { get; init; } =
        new OrderedDictionary<string, IReadOnlyList<StepScore>>();

    /// <summary>The matrix at every other scale and of earlier steps of the fine-tuning.</summary>
    public IReadOnlyList<MatrixSlice> Slices { get; init; } = [];

    /// <summary>Scores on the way between two models.</summary>
    public IReadOnlyList<InterpolationPath> Paths { get; init; } = [];

    /// <summary>Merges of several vectors.</summary>
    public IReadOnlyList<SoupScore> Soups { get; init; } = [];

    /// <summary>Every checkpoint that has a score, in the order of the trajectory; those that are only the source of a vector come last.</summary>
    public IReadOnlyList<string> Trajectory =>
    [
        .. Pt.Keys.Union(Ft.Keys).Union(Merge.Keys).Union(Continual.Keys).Union(Recurrent.Keys).Union(Control.Keys)
            .Union(Merge.Values.SelectMany(sources => sources.Keys)),
    ];

    /// <summary>Of what was trained and what was made of it; 1 where each was made once.</summary>
    public int Seeds
    {
        get
        {
            var trained = Ft.Values.Concat(Control.Values).Concat(Continual.Values.SelectMany(sources => sources.Values)).Concat(Recurrent.Values.Select(at => at.Trained));
            var merged = Merge.Values.SelectMany(sources => sources.Values).Concat(Recurrent.Values.Select(at => at.Merged).OfType<Score>());
            return trained.SelectMany(curve => curve).Select(point => point.Score).Concat(merged).Select(score => score.Seeds.Count).Append(1).Max();
        }
    }

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

/// <summary>The matrix at one scale, with vectors of one step of the fine-tuning.</summary>
/// <param name="Scale">Of the vectors.</param>
/// <param name="VectorStep">Step of the fine-tuning they were taken at; 0 for its last.</param>
/// <param name="Merge">By base, then by source.</param>
internal sealed record MatrixSlice(double Scale, int VectorStep, IReadOnlyDictionary<string, IReadOnlyDictionary<string, Score>> Merge);

/// <summary>A merge of several vectors.</summary>
/// <param name="Name">Of the soup in the spec.</param>
/// <param name="Base">Checkpoint the vectors are added to.</param>
/// <param name="Source">Sources of the vectors, joined by "+".</param>
/// <param name="Score">Its score.</param>
internal sealed record SoupScore(string Name, string Base, string Source, Score Score);
