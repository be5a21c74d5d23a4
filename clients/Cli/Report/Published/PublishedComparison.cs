using Graft.Evaluator.Statistics;
using Graft.Faults;

namespace Graft.Cli.Report.Published;

/// <summary>A cell of a run beside the published one.</summary>
/// <param name="Model">Name in the run.</param>
/// <param name="Step">Training steps of the run's score; null for models as they are.</param>
/// <param name="Own">The run's score.</param>
/// <param name="Published">The published score.</param>
/// <param name="P">Two-sided, of one true accuracy for both: unpaired, for there are no published items.</param>
internal sealed record PublishedCell(string Model, int? Step, Score Own, Score Published, double P);

/// <summary>A run laid beside the published tables, cell by cell.</summary>
/// <param name="Task">The run's task.</param>
/// <param name="Items">Items of the run's scores.</param>
/// <param name="IsSameTask">Whether it is GSM8K with all its items: only then do the scores mean the same.</param>
/// <param name="Cells">Those both have.</param>
internal sealed record PublishedComparison(string Task, int Items, bool IsSameTask, IReadOnlyList<PublishedCell> Cells)
{
    /// <exception cref="FaultException">Invalid: the run has another shape, or no accuracies.</exception>
    public static PublishedComparison Of(Results results)
    {
        var published = PublishedStudy.Load();
        var reference = published.Tasks[PublishedStudy.Task];
        var (name, task) = results.Tasks.FirstOrDefault(task => IsReference(task.Key)) is { Key: not null } same ? same : results.Tasks.FirstOrDefault();
        if (task is null || task.Trajectory.Count != reference.Trajectory.Count || !Metric.Of(task.Metric).IsFraction)
        {
            throw FaultException.Invalid(
                $"The published tables are of {reference.Trajectory.Count} checkpoints on GSM8K; "
                + (task is null ? "this run has no scores." : $"this run has {task.Trajectory.Count} checkpoints, scored on {name} by {task.Metric}.")
                + " Leave --published away.");
        }

        var pairs = task.Trajectory.Zip(reference.Trajectory).ToDictionary(pair => pair.First, pair => pair.Second);
        var isSame = IsReference(name) && task.Items == reference.Items;
        return new PublishedComparison(name, task.Items, isSame, [.. Pairs(task, reference, pairs)]);
    }

    private static bool IsReference(string task) => task.StartsWith(PublishedStudy.Task, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<PublishedCell> Pairs(TaskResults task, TaskResults reference, Dictionary<string, string> pairs)
    {
        var all = task.Trajectory.SelectMany(at => (IEnumerable<PublishedCell?>)
        [
            Cell(at, null, task.Pt.GetValueOrDefault(at), reference.Pt.GetValueOrDefault(pairs[at])),
            Cell($"{at}-FT", Last(task.Ft.GetValueOrDefault(at)), task.Tuned(at), reference.Tuned(pairs[at])),
            .. task.Trajectory.Select(from => Cell($"{at}+{from}", null, task.Merged(at, from), reference.Merged(pairs[at], pairs[from]))),
            .. task.Trajectory.Select(from => Cell(
                $"{at}+{from}-CT", Last(task.Curve(at, from)), task.Trained(at, from), reference.Trained(pairs[at], pairs[from]))),
            Cell(
                $"{at}+rec-CT", Last(task.Recurrent.GetValueOrDefault(at)?.Trained), task.Recurrent.GetValueOrDefault(at)?.Last,
                reference.Recurrent.GetValueOrDefault(pairs[at])?.Last),
        ]);
        return all.OfType<PublishedCell>();
    }

    private static int? Last(IReadOnlyList<StepScore>? curve) => curve is { Count: > 0 } ? curve[^1].Step : null;

    private static PublishedCell? Cell(string model, int? step, Score? own, Score? published) => own is null || published is null
        ? null
        : new PublishedCell(
            model, step, own, published,
            NormalDistribution.PValue(own.Value - published.Value, double.Hypot(own.StandardError, published.StandardError)));
}
