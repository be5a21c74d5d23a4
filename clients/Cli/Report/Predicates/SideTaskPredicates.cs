using Graft.Cli.Report.Claims;

namespace Graft.Cli.Report.Predicates;

/// <summary>A7: what fine-tuning does to tasks it was not made for.</summary>
internal static class SideTaskPredicates
{
    /// <summary>Accuracy that still counts as the same.</summary>
    private const double Margin = 0.02;

    public static Predicate Of(Results results, StudyShape shape)
    {
        var builder = new PredicateBuilder(
            "A7",
            "On side tasks, multiple choice stays as it was, and generated answers get worse where pretraining was late.",
            "Every task but the first. Choices (accuracies): the mean over checkpoints of fine-tuning less pretrained is within 2 points, tested "
            + "from both sides. Generated answers (exact match, F1): fine-tuning is below the pretrained checkpoint at each one of the last stage.");
        if (results.Tasks.Count < 2)
        {
            return builder.Lacks("the run has no side task").Build();
        }

        foreach (var (name, task) in results.Tasks.Skip(1))
        {
            _ = IsChoice(task) ? AddChoice(builder, name, task)
                : IsGenerated(task) ? AddGenerated(builder, name, task, shape)
                : builder.Lacks($"{name} is measured by {Metric.Of(task.Metric).Title}: see the further claims");
        }

        return builder.Build();
    }

    private static bool IsChoice(TaskResults task) => task.Metric.StartsWith("acc", StringComparison.Ordinal);

    private static bool IsGenerated(TaskResults task) => !IsChoice(task) && Metric.Of(task.Metric).IsFraction;

    private static PredicateBuilder AddChoice(PredicateBuilder builder, string name, TaskResults task)
    {
        var metric = Metric.Of(task.Metric);
        var down = new ClaimBuilder($"On {name}, fine-tuning loses less than 2 points on average.", Scope.Mean, metric, Margin);
        var up = new ClaimBuilder($"On {name}, fine-tuning gains less than 2 points on average.", Scope.Mean, metric, Margin);
        foreach (var (at, pretrained) in task.Pt)
        {
            down.Better($"{at}-FT", task.Tuned(at), at, pretrained);
            up.Worse($"{at}-FT", task.Tuned(at), at, pretrained);
        }

        return builder.Part(down, $"no checkpoint has both scores of {name}").Part(up, $"no checkpoint has both scores of {name}");
    }

    private static PredicateBuilder AddGenerated(PredicateBuilder builder, string name, TaskResults task, StudyShape shape)
    {
        if (shape.NoBoundary is { } reason)
        {
            return builder.Lacks(reason);
        }

        var falls = new ClaimBuilder($"On {name}, fine-tuning is below the pretrained checkpoint throughout the last stage.", Scope.Each, Metric.Of(task.Metric));
        foreach (var at in shape.Trajectory.Where(at => shape.StageOf(at) == shape.LastStage))
        {
            falls.Worse($"{at}-FT", task.Tuned(at), at, task.Pt.GetValueOrDefault(at));
        }

        return builder.Part(falls, $"no checkpoint of the last stage has both scores of {name}");
    }
}
