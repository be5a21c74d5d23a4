using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Statistics;

namespace Graft.Cli.Report.Predicates;

/// <summary>Differences of two scores as scores of their own, so that two differences can be compared item by item.</summary>
internal static class ScoreGap
{
    /// <summary>How much better the first is, with the error of the difference and the items' own differences where they are known.</summary>
    public static Score Between(Metric metric, Score first, Score second)
    {
        var test = Comparison.Of(metric, first, second);
        var items = Comparison.Differences(metric, first, second) is { } differences ? new ItemValues(first.Items!.Ids, differences) : null;
        var sameSeeds = first.Seeds.Count > 1 && first.Seeds.Select(seed => seed.Seed).SequenceEqual(second.Seeds.Select(seed => seed.Seed));
        return new Score(test.Gain, test.StandardError, first.Evaluation)
        {
            Items = items,
            Seeds = sameSeeds
                ? [.. first.Seeds.Zip(second.Seeds, (a, b) => a with { Value = metric.Gain(a.Value, b.Value), StandardError = double.Hypot(a.StandardError, b.StandardError) })]
                : [],
        };
    }

    /// <summary>"M2: FT over M2+M1", or null where either is missing.</summary>
    public static NamedScore? Of(TaskResults task, string name)
    {
        var metric = Metric.Of(task.Metric);
        if (task.Tuned(name) is not { } tuned || task.Merge.GetValueOrDefault(name) is not { Count: > 0 } column)
        {
            return null;
        }

        var best = column.MaxBy(cell => metric.Gain(cell.Value.Value, 0));
        return new NamedScore($"{name}-FT over {name}+{best.Key}", Between(metric, tuned, best.Value));
    }

    /// <summary>"M2-FT over M2", or null where either is missing.</summary>
    public static NamedScore? OfFineTuning(TaskResults task, string name) =>
        task.Tuned(name) is { } tuned && task.Pt.GetValueOrDefault(name) is { } pretrained
            ? new NamedScore($"{name}-FT over {name}", Between(Metric.Of(task.Metric), tuned, pretrained))
            : null;
}
