namespace Graft.Cli.Report;

/// <summary>A score in its place.</summary>
internal readonly record struct PlacedScore(V1.Cell Cell, Score Score);

/// <summary>Arranges the scores of one task by experiment, base, source and step; several seeds of a cell become their mean.</summary>
internal sealed class CellArrangement(IReadOnlyList<string> trajectory)
{
    public TaskResults Arrange(string metric, int items, IReadOnlyCollection<PlacedScore> scores)
    {
        var means = SeedMeans.Of(scores);
        ILookup<string, PlacedScore> of = means.Where(score => ModelNames.Of(score.Cell) is not null).ToLookup(score => score.Cell.Experiment);
        var task = new TaskResults(metric, items)
        {
            Pt = ByBase(of[Experiments.Pretrained], Only),
            Ft = ByBase(of[Experiments.FineTuned], Curve),
            Merge = Matrix(of[Experiments.Merge]),
            Continual = ByBase<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(of[Experiments.Continual], group => BySource(group, Curve)),
            Recurrent = ByBase(of[Experiments.Recurrent], Recurrent),
            Control = ByBase(of[Experiments.Control], Curve),
            Slices = Slices(means),
            Soups = Soups(means),
        };
        return task with { Paths = Paths(means, task) };
    }

    private OrderedDictionary<string, IReadOnlyDictionary<string, Score>> Matrix(IEnumerable<PlacedScore> scores) =>
        ByBase<IReadOnlyDictionary<string, Score>>(scores, group => BySource(group, Only));

    private IReadOnlyList<MatrixSlice> Slices(IEnumerable<PlacedScore> scores) =>
    [
        .. scores.Where(score => score.Cell.Experiment == Experiments.Merge && ModelNames.Of(score.Cell) is null)
            .GroupBy(score => (score.Cell.VectorStep, score.Cell.Scale))
            .OrderBy(group => group.Key.VectorStep == 0 ? int.MaxValue : group.Key.VectorStep).ThenBy(group => group.Key.Scale)
            .Select(group => new MatrixSlice(group.Key.Scale, group.Key.VectorStep, Matrix(group))),
    ];

    private IReadOnlyList<SoupScore> Soups(IEnumerable<PlacedScore> scores) =>
    [
        .. scores.Where(score => score.Cell.Experiment == Experiments.Soup).OrderBy(score => Order.In(trajectory, score.Cell.Base))
            .Select(score => new SoupScore(score.Cell.Variant, score.Cell.Base, score.Cell.Source, score.Score)),
    ];

    private IReadOnlyList<InterpolationPath> Paths(IEnumerable<PlacedScore> scores, TaskResults task) =>
    [
        .. scores.Where(score => score.Cell.Experiment == Experiments.Interpolation)
            .GroupBy(score => (score.Cell.Variant, score.Cell.Base, score.Cell.Source))
            .OrderByDescending(group => group.Key.Variant, StringComparer.Ordinal)
            .ThenBy(group => Order.In(trajectory, group.Key.Base)).ThenBy(group => Order.In(trajectory, group.Key.Source))
            .Select(group => Path(group.Key.Variant, group.Key.Base, group.Key.Source, group, task)),
    ];

    /// <summary>The ends are models of other experiments: where the path has no points of its own there, their scores stand in.</summary>
    private static InterpolationPath Path(string variant, string at, string source, IEnumerable<PlacedScore> scores, TaskResults task)
    {
        var points = scores.Select(score => new PathPoint(score.Cell.Scale, score.Score)).ToList();
        var beginning = variant == InterpolationPath.Between ? task.Tuned(at) : task.Pt.GetValueOrDefault(at);
        Fill(0, beginning);
        Fill(1, task.Merged(at, source));
        return new InterpolationPath(variant, at, source, [.. points.OrderBy(point => point.At)]);

        void Fill(double place, Score? end)
        {
            if (end is not null && points.All(point => point.At != place))
            {
                points.Add(new PathPoint(place, end));
            }
        }
    }

    private OrderedDictionary<string, T> ByBase<T>(IEnumerable<PlacedScore> scores, Func<IEnumerable<PlacedScore>, T> value) =>
        Grouped(scores, score => score.Cell.Base, value);

    private OrderedDictionary<string, T> BySource<T>(IEnumerable<PlacedScore> scores, Func<IEnumerable<PlacedScore>, T> value) =>
        Grouped(scores, score => score.Cell.Source, value);

    private OrderedDictionary<string, T> Grouped<T>(
        IEnumerable<PlacedScore> scores, Func<PlacedScore, string> key, Func<IEnumerable<PlacedScore>, T> value)
    {
        var groups = scores.GroupBy(key).OrderBy(group => Order.In(trajectory, group.Key));
        return new OrderedDictionary<string, T>(groups.Select(group => KeyValuePair.Create(group.Key, value(group))));
    }

    private static Score Only(IEnumerable<PlacedScore> scores) => scores.First().Score;

    /// <summary>A fine-tuning that was given has the one step 0: its end.</summary>
    private static IReadOnlyList<StepScore> Curve(IEnumerable<PlacedScore> scores) =>
        [.. scores.OrderBy(score => score.Cell.Step).Select(score => new StepScore(score.Cell.Step == 0 ? null : score.Cell.Step, score.Score))];

    private static RecurrentScores Recurrent(IEnumerable<PlacedScore> scores)
    {
        var all = scores.ToList();
        var merged = all.Where(score => score.Cell.Step == 0).Select(score => score.Score).FirstOrDefault();
        return new RecurrentScores(merged, Curve(all.Where(score => score.Cell.Step != 0)));
    }
}
