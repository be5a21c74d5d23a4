using Graft.Coordinator.Plan;

namespace Graft.Coordinator.Run;

/// <summary>How far a run is, from the times its own steps have taken.</summary>
/// <param name="Done">Part of the work that is done, from 0 to 1: of the time where all kinds of steps have been measured, else of the steps.</param>
/// <param name="Remaining">Null while some kind of step is open and none of it has been measured.</param>
/// <param name="Worked">Time of all jobs so far; jobs shared with another run count in both.</param>
internal sealed record RunEstimate(double Done, TimeSpan? Remaining, TimeSpan Worked)
{
    /// <param name="steps">All steps of the run.</param>
    /// <param name="slots">Jobs at one time.</param>
    /// <param name="now">The time.</param>
    public static RunEstimate Of(IReadOnlyList<(PlanStep Step, StepStatus Status)> steps, int slots, DateTimeOffset now)
    {
        // A checkpoint is made by the training that keeps it.
        var jobs = steps.Where(item => item.Step.Kind != StepKind.Checkpoint).Select(item => new Job(item.Step, item.Status, now)).ToList();
        var worked = TimeSpan.FromTicks(jobs.Sum(job => job.Elapsed.Ticks));
        var final = jobs.Count == 0 ? 1 : (double)jobs.Count(job => job.IsFinal) / jobs.Count;
        var rates = jobs.Where(job => job.Made > 0).GroupBy(job => job.Kind)
            .ToDictionary(kind => kind.Key, kind => kind.Sum(job => job.Elapsed.TotalSeconds) / kind.Sum(job => job.Made));
        var open = jobs.Where(job => job.Left > 0).ToList();
        if (open.Any(job => !rates.ContainsKey(job.Kind)))
        {
            return new RunEstimate(final, null, worked);
        }

        var seconds = open.Select(job => job.Left * rates[job.Kind]).ToList();
        var left = seconds.Sum();
        // The work that is left in all slots at once, or the longest of its parts where that takes longer.
        var remaining = TimeSpan.FromSeconds(Math.Max(seconds.DefaultIfEmpty().Max(), left / slots));
        return new RunEstimate(worked.TotalSeconds + left > 0 ? worked.TotalSeconds / (worked.TotalSeconds + left) : final, remaining, worked);
    }

    /// <summary>A step in units of its kind: training steps, or 1 for a job of another kind.</summary>
    private readonly struct Job(PlanStep step, StepStatus status, DateTimeOffset now)
    {
        private readonly double _units = Math.Max(1, step.TrainingSteps);

        public StepKind Kind => step.Kind;

        public bool IsFinal => status.IsFinal;

        public TimeSpan Elapsed => status.Elapsed ?? (status is { State: StepState.Running, Started: { } started } ? now - started : TimeSpan.Zero);

        /// <summary>Units that were made in <see cref="Elapsed"/>; none for what was there before.</summary>
        public double Made => status switch
        {
            { State: StepState.Succeeded, Elapsed: not null } => _units,
            { State: StepState.Running } => _units * Fraction,
            _ => 0,
        };

        public double Left => status.IsFinal ? 0 : _units * (1 - Fraction);

        private double Fraction =>
            status is { State: StepState.Running, Progress: { Total: > 0 } progress } ? Math.Clamp((double)progress.Completed / progress.Total, 0, 1) : 0;
    }
}
