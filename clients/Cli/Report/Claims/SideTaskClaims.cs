namespace Graft.Cli.Report.Claims;

/// <summary>What each way of getting a fine-tuned model costs on a task it was not made for.</summary>
internal static class SideTaskClaims
{
    /// <summary>Loss that still counts as none: 2 points of accuracy, or 2 percent of other metrics.</summary>
    private const double Margin = 0.02;

    public static IEnumerable<Claim> Of(string name, TaskResults task)
    {
        if (task.Pt.Count == 0)
        {
            return [];
        }

        var metric = Metric.Of(task.Metric);
        var margin = metric.IsFraction ? Margin : Margin * task.Pt.Values.Average(score => Math.Abs(score.Value));
        var loss = $"{metric.Format(margin).TrimEnd('0').TrimEnd('.')}{(metric.IsFraction ? " points" : " " + metric.Title)}";
        ClaimBuilder Keeps(string after) =>
            new($"On average, {after} costs less than {loss} on {name}, against the pretrained checkpoint.", Scope.Mean, metric, margin);

        var tuning = Keeps("fine-tuning");
        var merging = Keeps("merging the nearest predecessor's vector");
        var training = Keeps("continual training of that merge");
        var recurrent = Keeps("recurrent merging");
        foreach (var (at, pretrained) in task.Pt)
        {
            tuning.Better($"{at}-FT", task.Tuned(at), at, pretrained);
            recurrent.Better($"{at}+rec", task.Recurrent.GetValueOrDefault(at)?.Merged, at, pretrained);
            if (task.Predecessor(at) is { } nearest)
            {
                merging.Better($"{at}+{nearest}", task.Merged(at, nearest), at, pretrained);
                training.Better($"{at}+{nearest}-CT", task.Trained(at, nearest), at, pretrained);
            }
        }

        return [.. tuning.Build(), .. merging.Build(), .. training.Build(), .. recurrent.Build()];
    }
}
