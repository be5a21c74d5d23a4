using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>A1, A5 and A6: what a merge reaches without training.</summary>
internal static class MergePredicates
{
    private const string NoMatrix = "the run has no merges of one checkpoint with the vector of another";

    public static Predicate LastReachesFineTuning(TaskResults task, StudyShape shape)
    {
        var builder = new PredicateBuilder(
            "A1",
            "Without training, the last base with its neighbour's vector beats its own fine-tuning.",
            "The last checkpoint of the trajectory with the vector of the one before it, scale 1, against that last checkpoint's fine-tuning "
            + "at its last evaluated step.");
        if (shape is not { Last: { } last } || shape.Predecessor(last) is not { } nearest)
        {
            return builder.Lacks("the trajectory has a single checkpoint").Build();
        }

        var claim = new ClaimBuilder($"{last} with the vector of {nearest} is above fine-tuned {last}.", Scope.Each, Metric.Of(task.Metric))
            .Better($"{last}+{nearest}", task.Merged(last, nearest), $"{last}-FT", task.Tuned(last));
        return builder.Part(claim, $"the run lacks {last}+{nearest} or {last}-FT").Build();
    }

    public static Predicate NeighbourIsBest(TaskResults task, StudyShape shape)
    {
        var metric = Metric.Of(task.Metric);
        var any = new ClaimBuilder("At every base, the best vector is that of a neighbour in the trajectory.", Scope.Each, metric);
        var forward = new ClaimBuilder("Among vectors of earlier checkpoints, that of the nearest predecessor is the best.", Scope.Each, metric);
        foreach (var (name, column) in task.Merge)
        {
            var neighbours = column.Where(cell => shape.AreNeighbours(cell.Key, name)).ToList();
            if (neighbours.Count > 0)
            {
                // The better of two is picked by the score that is tested: a little in favour of the statement.
                var best = neighbours.MaxBy(cell => metric.Gain(cell.Value.Value, 0));
                foreach (var (source, score) in column.Where(cell => !shape.AreNeighbours(cell.Key, name)))
                {
                    any.Better($"{name}+{best.Key}", best.Value, $"{name}+{source}", score);
                }
            }

            if (shape.Predecessor(name) is { } nearest)
            {
                foreach (var (source, score) in column.Where(cell => cell.Key != nearest && shape.IsForward(cell.Key, name)))
                {
                    forward.Better($"{name}+{nearest}", task.Merged(name, nearest), $"{name}+{source}", score);
                }
            }
        }

        return new PredicateBuilder(
            "A5",
            "The best vector for a base is its neighbour's.",
            "In each column of the matrix at scale 1: the better of the two neighbours' vectors against every other vector; and among "
            + "vectors of earlier checkpoints, the nearest predecessor's against every other.")
            .Part(any, task.Merge.Count == 0 ? NoMatrix : "no column of the matrix has a neighbour's vector and another one")
            .Part(forward, task.Merge.Count == 0 ? NoMatrix : "no base has the vectors of two earlier checkpoints").Build();
    }

    public static Predicate GapShrinks(TaskResults task, StudyShape shape)
    {
        var metric = Metric.Of(task.Metric);
        var gaps = shape.Trajectory.Select(name => ScoreGap.Of(task, name)).OfType<NamedScore>().ToList();
        var ends = new ClaimBuilder("The gap is smaller at the last checkpoint than at the first.", Scope.Each, metric with { LowerIsBetter = true });
        var each = new ClaimBuilder("It shrinks from each checkpoint to the next.", Scope.Each, metric with { LowerIsBetter = true });
        if (gaps.Count > 1)
        {
            ends.Better(gaps[^1].Name, gaps[^1].Score, gaps[0].Name, gaps[0].Score);
        }

        foreach (var (earlier, later) in gaps.Count > 2 ? gaps.Zip(gaps.Skip(1)) : [])
        {
            each.Better(later.Name, later.Score, earlier.Name, earlier.Score);
        }

        var reason = $"fewer than {(gaps.Count > 1 ? "three" : "two")} checkpoints have both a fine-tuning and a merge";
        return new PredicateBuilder(
            "A6",
            "The gap between fine-tuning and the best merge closes along the trajectory.",
            "The gap of a checkpoint is its fine-tuning's score less that of its best merge at scale 1, whatever the source. The best is picked by the "
            + "score that is tested, so gaps are a little too small, all of them alike.")
            .Part(ends, reason).Part(each, reason)
            .Observe(gaps.Count == 0 ? "No gap is known." : $"Gaps: {string.Join(", ", gaps.Select(gap => $"{gap.Name} {metric.FormatDifference(gap.Score.Value)}"))}.").Build();
    }
}
