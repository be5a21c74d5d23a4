using Graft.Evaluator.Statistics;

namespace Graft.Cli.Report;

/// <summary>Means over the seeds of a cell.</summary>
internal static class SeedMeans
{
    /// <summary>One score a cell: cells that differ in nothing but their seed become one without a seed.</summary>
    public static IReadOnlyList<PlacedScore> Of(IEnumerable<PlacedScore> scores) =>
        [.. scores.GroupBy(score => Without(score.Cell)).Select(group => new PlacedScore(group.Key, Mean([.. group])))];

    private static V1.Cell Without(V1.Cell cell)
    {
        var same = cell.Clone();
        same.ClearSeed();
        return same;
    }

    private static Score Mean(IReadOnlyList<PlacedScore> group)
    {
        var seeds = group.Where(one => one.Cell.HasSeed).DistinctBy(one => one.Cell.Seed).OrderBy(one => one.Cell.Seed).ToList();
        if (seeds.Count < 2)
        {
            return group[0].Score;
        }

        var values = MeanEstimate.Of([.. seeds.Select(seed => seed.Score.Value)]);
        var items = MeanItems([.. seeds.Select(seed => seed.Score)]);
        // Without the items: as if the seeds' items were the same, so that averaging does not make their error smaller.
        var overItems = items is null ? seeds.Average(seed => seed.Score.StandardError) : MeanEstimate.Of([.. items.Values]).StandardError;
        return new Score(values.Value, double.Hypot(overItems, values.StandardError), seeds[0].Score.Evaluation)
        {
            Items = items,
            BitsPerByte = seeds.All(seed => seed.Score.BitsPerByte is not null) ? seeds.Average(seed => seed.Score.BitsPerByte) : null,
            Seeds = [.. seeds.Select(seed => new SeedScore(seed.Cell.Seed, seed.Score.Value, seed.Score.StandardError, seed.Score.Evaluation))],
        };
    }

    private static ItemValues? MeanItems(IReadOnlyList<Score> seeds)
    {
        var all = seeds.Select(seed => seed.Items).OfType<ItemValues>().ToList();
        return all.Count == seeds.Count && all.All(one => one.Ids.SequenceEqual(all[0].Ids))
            ? new ItemValues(all[0].Ids, [.. Enumerable.Range(0, all[0].Ids.Count).Select(item => all.Average(one => one.Values[item]))])
            : null;
    }
}
