using Graft.Evaluator.Results;
using Graft.Evaluator.Statistics;

namespace Graft.Evaluator.Tasks;

/// <summary>The scores of a task from those of its items.</summary>
internal static class Summary
{
    /// <param name="task">Says which metrics there are, and what they are means of.</param>
    /// <param name="samples">At least one, in the order of the task.</param>
    public static TaskResult Of(EvaluationTask task, IReadOnlyList<SampleLine> samples)
    {
        List<(string Name, int Items, IReadOnlyList<(string Name, MeanEstimate Estimate)> Metrics)> groups =
        [
            .. samples.Where(sample => sample.Question.Group.Length > 0)
                .GroupBy(sample => sample.Question.Group)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => (group.Key, group.Count(), Means(task, [.. group]))),
        ];
        var metrics = task.IsMeanOfGroups
            ? [.. task.Metrics.Select((name, i) => (name, MeanEstimate.OfGroups([.. groups.Select(group => group.Metrics[i].Estimate)])))]
            : Means(task, samples);
        return new TaskResult(metrics, task.Metrics[0], samples.Count, JsonBytes.Lines(samples, (json, sample) => sample.Write(json)))
        {
            Groups = groups,
            Truncated = samples.Count(sample => sample.IsCut),
        };
    }

    private static IReadOnlyList<(string Name, MeanEstimate Estimate)> Means(EvaluationTask task, IReadOnlyList<SampleLine> samples) =>
        [.. task.Metrics.Select(name => (name, MeanEstimate.Of([.. samples.Select(sample => sample.Grade[name])])))];
}
