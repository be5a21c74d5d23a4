using System.Globalization;
using Graft.Cli.Jobs;

namespace Graft.Cli.Runs;

/// <summary>A plan as a table: a line for each kind of step, or for each step.</summary>
internal static class PlanTable
{
    private const int MostReasons = 5;

    public static void Write(Terminal terminal, V1.PlanRunResponse plan, bool hasSteps)
    {
        var run = plan.Run;
        Line($"{run.Name} ({run.Id}), {run.StepCount} steps");
        WriteReasons(Line, run);
        if (hasSteps)
        {
            WriteSteps(Line, run);
        }

        WriteKinds(Line, plan);
        Line(Time(plan));
        if (plan.Speeds.Count > 0)
        {
            Line($"Estimated from the newest jobs in the store: {string.Join(", ", plan.Speeds.Select(speed => $"{speed.Jobs} {speed.Kind}"))}.");
        }

        void Line(string text) => Terminal.WriteLine(terminal.Output, text);
    }

    private static void WriteKinds(Action<string> line, V1.PlanRunResponse plan)
    {
        line("");
        line($"{"KIND",-11} {"HIT",6} {"MISS",6} {"BLOCKED",8} {"TO READ",11} {"TO WRITE",11} {"TIME",9}");
        foreach (var kind in plan.Run.Steps.GroupBy(step => step.Kind))
        {
            var estimates = kind.Select(step => step.Cost?.Estimate).Where(estimate => estimate is not null).ToList();
            var needsTime = kind.Key != "checkpoint" && kind.Any(step => step.State == V1.StepState.Miss);
            var time = estimates.Count > 0 ? Durations.Text(estimates.Aggregate(TimeSpan.Zero, (sum, each) => sum + each!.ToTimeSpan())) : needsTime ? "?" : "";
            line(Row(
                kind.Key, Count(kind, V1.StepState.Hit), Count(kind, V1.StepState.Miss), Count(kind, V1.StepState.Blocked),
                kind.Sum(step => step.Cost?.ReadBytes ?? 0), kind.Sum(step => step.Cost?.WrittenBytes ?? 0), time));
        }

        var totals = plan.Totals;
        line(Row("all", totals.Hits, totals.Misses, totals.Blocked, totals.ReadBytes, totals.WrittenBytes, TotalTime(plan)));
    }

    private static string TotalTime(V1.PlanRunResponse plan) => plan.Totals switch
    {
        { Misses: 0 } => "",
        { Unmeasured: var unmeasured } when unmeasured == MissingJobs(plan) => "?",
        var totals => Durations.Text(totals.Work.ToTimeSpan()),
    };

    private static int MissingJobs(V1.PlanRunResponse plan) => plan.Run.Steps.Count(step => step.State == V1.StepState.Miss && step.Kind != "checkpoint");

    private static string Row(string kind, int hits, int misses, int blocked, long read, long written, string time) =>
        $"{kind,-11} {hits,6} {misses,6} {blocked,8} {Bytes(read),11} {Bytes(written),11} {time,9}".TrimEnd();

    private static void WriteSteps(Action<string> line, V1.Run run)
    {
        line("");
        var width = run.Steps.Select(step => step.Id.Length).DefaultIfEmpty().Max();
        foreach (var step in run.Steps)
        {
            var cost = step.Cost;
            var time = cost?.Estimate is { } estimate ? Durations.Text(estimate.ToTimeSpan()) : "";
            line($"{step.State.ToString().ToUpperInvariant(),-7}  {step.Id.PadRight(width)} {Bytes(cost?.ReadBytes ?? 0),11} {Bytes(cost?.WrittenBytes ?? 0),11} {time,9}".TrimEnd());
        }
    }

    // What is blocked by something else is not a reason.
    private static void WriteReasons(Action<string> line, V1.Run run)
    {
        var blocked = run.Steps.Where(step => step.State == V1.StepState.Blocked).ToList();
        var ids = blocked.Select(step => step.Id).ToHashSet();
        var roots = blocked.Where(step => !step.Needs.Any(ids.Contains)).GroupBy(step => step.Error?.Message ?? "").ToList();
        foreach (var reason in roots.Take(MostReasons))
        {
            var others = reason.Count() > 1 ? $" and {reason.Count() - 1} more" : "";
            line($"BLOCKED  {reason.First().Id}{others}: {reason.Key}");
        }

        if (roots.Count > MostReasons)
        {
            line($"BLOCKED  for {roots.Count - MostReasons} more reasons; --steps --json has them all");
        }
    }

    private static string Time(V1.PlanRunResponse plan)
    {
        var totals = plan.Totals;
        if (totals.Misses == 0)
        {
            return totals.Blocked == 0 ? "Everything is there: a run has nothing to do." : "What is not blocked is there.";
        }

        var jobs = MissingJobs(plan);
        var unknown = totals.Unmeasured > 0 ? $" The time of {totals.Unmeasured} of {jobs} jobs is not known: no job of their kind has been measured in this store." : "";
        if (totals.Unmeasured == jobs)
        {
            return unknown.TrimStart();
        }

        var work = totals.Work.ToTimeSpan().TotalHours;
        var hours = work.ToString(work < 1 ? "0.####" : work < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
        return $"About {Durations.Text(totals.Duration.ToTimeSpan())} to the end; {hours} worker-hours (GPU-hours where a worker has one GPU).{unknown}";
    }

    private static int Count(IEnumerable<V1.Step> steps, V1.StepState state) => steps.Count(step => step.State == state);

    private static string Bytes(long bytes) => bytes == 0 ? "" : Sizes.Text(bytes);
}
