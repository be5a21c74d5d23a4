namespace Graft.Cli.Report;

/// <summary>A score in its place.</summary>
internal readonly record struct PlacedScore(V1.Cell Cell, Score Score);

/// <summary>Arranges the scores of one task by experiment, base, source and step.</summary>
internal sealed class CellArrangement(IReadOnlyList<string> trajectory)
{
    public TaskResults Arrange(string metric, int items, IReadOnlyCollection<PlacedScore> scores)
    {
        ILookup<string, PlacedScore> of = scores.Where(score => ModelNames.Of(score.Cell) is not null).ToLookup(score => score.Cell.Experiment);
        return new TaskResults(metric, items)
        {
            Pt = ByBase(of[Experiments.Pretrained], Only),
            Ft = ByBase(of[Experiments.FineTuned], Curve),
            Merge = ByBase<IReadOnlyDictionary<string, Score>>(of[Experiments.Merge], group => BySource(group, Only)),
            Continual = ByBase<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(of[Experiments.Continual], group => BySource(group, Curve)),
            Recurrent = ByBase(of[Experiments.Recurrent], Recurrent),
            Control = ByBase(of[Experiments.Control], Curve),
        };
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
