using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>A3 and A4: vectors across the stages of pretraining.</summary>
internal static class StagePredicates
{
    /// <summary>A gain of accuracy that still counts as none: 2 points; of other metrics 2 percent of the mean.</summary>
    private const double Margin = 0.02;

    public static Predicate DistantDestroysAndRecovers(TaskResults task, StudyShape shape)
    {
        var metric = Metric.Of(task.Metric);
        var builder = new PredicateBuilder(
            "A3",
            "Distant vectors destroy across a stage of pretraining, yet training from there recovers.",
            "Distant: carried forward from an earlier stage, and not from that stage's last checkpoint. Each such merge at scale 1 against its "
            + "pretrained base, and its continual training at the last step against the base's own fine-tuning.");
        if (shape.NoBoundary is { } reason)
        {
            return builder.Lacks(reason).Build();
        }

        var destroys = new ClaimBuilder("Every distant merge is below its pretrained base.", Scope.Each, metric);
        var recovers = new ClaimBuilder("Trained on, every one ends above the base's own fine-tuning.", Scope.Each, metric);
        foreach (var (name, source) in Pairs(shape).Where(pair => shape.IsDistant(pair.Source, pair.Base)))
        {
            destroys.Worse($"{name}+{source}", task.Merged(name, source), name, task.Pt.GetValueOrDefault(name));
            recovers.Better($"{name}+{source}-CT", task.Trained(name, source), $"{name}-FT", task.Tuned(name));
        }

        return builder.Part(destroys, "the run has no merge with a distant vector").Part(recovers, "no merge with a distant vector was trained on").Build();
    }

    public static Predicate Groups(TaskResults task, StudyShape shape)
    {
        var metric = Metric.Of(task.Metric);
        var builder = new PredicateBuilder(
            "A4",
            "The stages of pretraining are groups: vectors work within, and across only from the last checkpoint before the boundary.",
            "Each merge at scale 1 against its pretrained base. Within a stage, both ways: above. Forward from the last checkpoint of an earlier "
            + "stage: above. Backward across: no gain, which is one of less than 2 points of accuracy or 2 percent of other metrics.");
        if (shape.NoBoundary is { } reason)
        {
            return builder.Lacks(reason).Build();
        }

        var margin = metric.IsFraction || task.Pt.Count == 0 ? Margin : Margin * task.Pt.Values.Average(score => Math.Abs(score.Value));
        var within = new ClaimBuilder("Within a stage, every merge is above its base.", Scope.Each, metric);
        var across = new ClaimBuilder("The vector of a stage's last checkpoint helps every later base.", Scope.Each, metric);
        var back = new ClaimBuilder("Carried back across, no vector gains anything.", Scope.Each, metric, margin);
        foreach (var (name, source) in Pairs(shape))
        {
            var (merge, merged, pretrained) = ($"{name}+{source}", task.Merged(name, source), task.Pt.GetValueOrDefault(name));
            _ = shape.AreOfOneStage(source, name) ? within.Better(merge, merged, name, pretrained)
                : shape.IsAcrossBackward(source, name) ? back.Worse(merge, merged, name, pretrained)
                : !shape.IsDistant(source, name) ? across.Better(merge, merged, name, pretrained)
                : null;
        }

        return builder
            .Part(within, "no stage has two checkpoints with a merge of one with the other's vector")
            .Part(across, "the run has no merge of a later base with the vector of a stage's last checkpoint")
            .Part(back, "the run carries no vector back across the boundary").Build();
    }

    private static IEnumerable<(string Base, string Source)> Pairs(StudyShape shape) =>
        from target in shape.Trajectory
        from source in shape.Trajectory
        where source != target
        select (target, source);
}
