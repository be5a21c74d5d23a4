namespace Graft.Cli.Report.Claims;

/// <summary>Claims about merges that were trained on.</summary>
internal static class ContinualClaims
{
    public static IEnumerable<Claim> Of(TaskResults task)
    {
        var metric = Metric.Of(task.Metric);
        var faster = new ClaimBuilder(
            "At every base, training from the merge with the nearest predecessor's vector is ahead of plain fine-tuning at the first evaluated step.",
            Scope.Each, metric);
        var higher = new ClaimBuilder("On average, continual training of a forward merge ends above fine-tuning alone.", Scope.Mean, metric);
        var control = new ClaimBuilder(
            "On average, it also ends above the compute-matched control: the fine-tuned checkpoint trained on for a second budget.",
            Scope.Mean, metric);

        foreach (var (name, source) in Forward(task))
        {
            var merge = $"{name}+{source}-CT";
            higher.Better(merge, task.Trained(name, source), $"{name}-FT", task.Tuned(name));
            control.Better(merge, task.Trained(name, source), $"{name}-FT-CT", task.Controlled(name));
            if (source == task.Predecessor(name) && task.Curve(name, source)![0] is { Step: { } step } first)
            {
                var tuned = task.Ft.GetValueOrDefault(name)?.FirstOrDefault(point => point.Step == step)?.Score;
                faster.Better($"{merge}/{step}", first.Score, $"{name}-FT/{step}", tuned);
            }
        }

        return [.. faster.Build(), .. higher.Build(), .. control.Build()];
    }

    private static IEnumerable<(string Base, string Source)> Forward(TaskResults task)
    {
        var order = task.Trajectory.ToList();
        return task.Continual.SelectMany(cell => cell.Value.Keys
            .Where(source => order.IndexOf(source) is >= 0 and var from && from < order.IndexOf(cell.Key))
            .Select(source => (cell.Key, source)));
    }
}
