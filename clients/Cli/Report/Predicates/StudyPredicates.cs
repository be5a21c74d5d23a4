namespace Graft.Cli.Report.Predicates;

/// <summary>
/// A1 to A8: what is true of the published tables of arXiv 2503.20110, generalised to any trajectory. The first task is the target of the
/// fine-tuning; A7 is about the others.
/// </summary>
internal static class StudyPredicates
{
    public static IReadOnlyList<Predicate> Of(Results results)
    {
        if (results.Tasks.Count == 0)
        {
            return [];
        }

        var target = results.Tasks.First().Value;
        var shape = new StudyShape(target.Trajectory, results.Stages);
        return
        [
            MergePredicates.LastReachesFineTuning(target, shape),
            TrainingPredicates.ContinualEndsHigher(target, shape),
            StagePredicates.DistantDestroysAndRecovers(target, shape),
            StagePredicates.Groups(target, shape),
            MergePredicates.NeighbourIsBest(target, shape),
            MergePredicates.GapShrinks(target, shape),
            SideTaskPredicates.Of(results, shape),
            TrainingPredicates.FineTuningGains(target, shape),
        ];
    }
}
