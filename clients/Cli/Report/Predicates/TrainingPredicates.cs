using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>A2 and A8: what training reaches, with and without a vector to begin with.</summary>
internal static class TrainingPredicates
{
    public static Predicate ContinualEndsHigher(TaskResults task, StudyShape shape)
    {
        var claim = new ClaimBuilder("Every forward merge, trained on, ends above its base's own fine-tuning.", Scope.Each, Metric.Of(task.Metric));
        foreach (var (name, column) in task.Continual)
        {
            foreach (var source in column.Keys.Where(source => shape.IsForward(source, name)))
            {
                claim.Better($"{name}+{source}-CT", task.Trained(name, source), $"{name}-FT", task.Tuned(name));
            }
        }

        return new PredicateBuilder(
            "A2",
            "Fine-tuning that starts from a forward merge ends higher than plain fine-tuning.",
            "Every continual training that the run has from a merge with an earlier checkpoint's vector, at its last evaluated step, against the "
            + "base's own fine-tuning at its last. It has had more training than plain fine-tuning has: see the compute-matched control.")
            .Part(claim, "the run trains no forward merge on").Build();
    }

    public static Predicate FineTuningGains(TaskResults task, StudyShape shape)
    {
        var metric = Metric.Of(task.Metric);
        var gains = shape.Trajectory.Select(name => (Name: name, Gain: ScoreGap.OfFineTuning(task, name))).Where(gain => gain.Gain is not null).ToList();
        var every = new ClaimBuilder("Fine-tuning improves every checkpoint.", Scope.Each, metric);
        foreach (var (name, _) in gains)
        {
            every.Better($"{name}-FT", task.Tuned(name), name, task.Pt.GetValueOrDefault(name));
        }

        var builder = new PredicateBuilder(
            "A8",
            "Fine-tuning gains at every checkpoint, and less only in the last stage of pretraining.",
            "The gain of a checkpoint is its fine-tuning's last score less its pretrained one. Each gain of an earlier stage against each of the "
            + "last; and within the first stage, the last checkpoint's gain is not smaller than the first's.")
            .Part(every, "no checkpoint has both scores");
        if (shape.NoBoundary is { } reason)
        {
            return Observed(builder.Lacks(reason), task, metric).Build();
        }

        var difference = metric with { LowerIsBetter = false };
        var less = new ClaimBuilder("Every gain of an earlier stage is above every gain of the last.", Scope.Each, difference);
        foreach (var early in gains.Where(gain => shape.StageOf(gain.Name) < shape.LastStage))
        {
            foreach (var late in gains.Where(gain => shape.StageOf(gain.Name) == shape.LastStage))
            {
                less.Better(early.Gain!.Name, early.Gain.Score, late.Gain!.Name, late.Gain.Score);
            }
        }

        var kept = new ClaimBuilder("Within the first stage, the gain does not shrink.", Scope.Each, difference);
        var first = gains.Where(gain => shape.StageOf(gain.Name) == shape.FirstStage).ToList();
        if (first.Count > 1)
        {
            kept.Better(first[^1].Gain!.Name, first[^1].Gain!.Score, first[0].Gain!.Name, first[0].Gain!.Score);
        }

        builder.Part(less, "one of the stages has no fine-tuning").Part(kept, "the first stage has fewer than two fine-tunings");
        return Observed(builder, task, metric).Build();
    }

    private static PredicateBuilder Observed(PredicateBuilder builder, TaskResults task, Metric metric)
    {
        var falls = task.Ft.SelectMany(at => at.Value.Zip(at.Value.Skip(1))
            .Where(pair => metric.Gain(pair.Second.Score.Value, pair.First.Score.Value) < 0)
            .Select(pair => $"{at.Key} {metric.Format(pair.First.Score.Value)} to {metric.Format(pair.Second.Score.Value)} at step {pair.Second.Key}")).ToList();
        return falls.Count > 0
            ? builder.Observe($"Fine-tuning is not monotone in its steps: {string.Join("; ", falls)}.")
            : builder;
    }
}
