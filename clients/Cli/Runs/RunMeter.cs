using Graft.Cli.Jobs;
using Graft.Coordinator.Spec;

namespace Graft.Cli.Runs;

/// <summary>A step whose job runs now.</summary>
internal sealed record RunningStep(string Id, WorkProgress? Progress);

/// <summary>How far a run is, as one number, and how long the rest takes.</summary>
internal sealed record RunMeter
{
    // Seconds of a step of each kind until one has been measured: as a tiny model on one core takes.
    private const double TrainingStep = 0.025;
    private const double Evaluation = 0.5;
    private const double Other = 0.05;

    public required int Done { get; init; }

    public required int Total { get; init; }

    /// <summary>Steps whose results were there before.</summary>
    public required int Hits { get; init; }

    /// <summary>Of the work to be done now, by its estimated time.</summary>
    public required double Fraction { get; init; }

    public required TimeSpan Remaining { get; init; }

    public required IReadOnlyList<RunningStep> Running { get; init; }

    /// <param name="run">The run as it stands.</param>
    /// <param name="spec">Its spec.</param>
    /// <param name="slots">Jobs that run at one time.</param>
    public static RunMeter Of(V1.Run run, RunSpec spec, int slots)
    {
        var seconds = new StepSeconds(run, spec);
        var work = run.Steps.Where(step => !IsHit(step)).Sum(seconds.Of);
        var left = run.Steps.Sum(seconds.Left);
        var longest = run.Steps.Where(IsRunning).Select(seconds.Left).DefaultIfEmpty().Max();
        return new RunMeter
        {
            Done = run.Steps.Count(step => IsHit(step) || step.State == V1.StepState.Succeeded),
            Total = run.Steps.Count,
            Hits = run.Steps.Count(IsHit),
            Fraction = work > 0 ? Math.Clamp(1 - (left / work), 0, 1) : 1,
            Remaining = TimeSpan.FromSeconds(Math.Max(longest, left / Math.Max(1, slots))),
            Running = [.. run.Steps.Where(IsRunning).Select(step => new RunningStep(step.Id, ProgressOf(step)))],
        };
    }

    // A checkpoint is no job of its own: the training that keeps it is.
    private static bool IsRunning(V1.Step step) => step.State == V1.StepState.Running && step.Kind != "checkpoint";

    private static bool IsHit(V1.Step step) => step.State == V1.StepState.Hit;

    private static WorkProgress? ProgressOf(V1.Step step) => step.Progress is { Total: > 0 } progress ? WorkProgress.Of(progress) : null;

    /// <summary>Time of steps: measured where one of their kind has ended, else assumed.</summary>
    private sealed class StepSeconds
    {
        private readonly RunSpec _spec;
        private readonly double _trainingStep;
        private readonly Dictionary<string, double> _means;

        public StepSeconds(V1.Run run, RunSpec spec)
        {
            _spec = spec;
            var ended = run.Steps.Where(step => step is { State: V1.StepState.Succeeded, Elapsed: not null }).ToList();
            _means = ended.GroupBy(step => step.Kind).ToDictionary(kind => kind.Key, kind => kind.Average(Seconds));
            var trained = ended.Where(step => step.Kind == "train").ToList();
            var current = run.Steps.FirstOrDefault(step => step is { State: V1.StepState.Running, Kind: "train", Progress.Remaining: not null });
            _trainingStep = (trained.Count, current?.Progress) switch
            {
                ( > 0, _) => trained.Sum(Seconds) / trained.Sum(TrainingSteps),
                (_, { } progress) when progress.Completed < progress.Total =>
                    progress.Remaining.ToTimeSpan().TotalSeconds / (progress.Total - progress.Completed),
                _ => TrainingStep,
            };
        }

        public double Of(V1.Step step) => step.Kind switch
        {
            "train" => TrainingSteps(step) * _trainingStep,
            "checkpoint" => 0,
            "evaluate" => _means.GetValueOrDefault("evaluate", Evaluation),
            var kind => _means.GetValueOrDefault(kind, Other),
        };

        public double Left(V1.Step step) => step.State switch
        {
            V1.StepState.Waiting or V1.StepState.Miss => Of(step),
            V1.StepState.Running => Of(step) * (1 - (ProgressOf(step)?.Fraction ?? 0)),
            _ => 0,
        };

        private static double Seconds(V1.Step step) => step.Elapsed.ToTimeSpan().TotalSeconds;

        private double TrainingSteps(V1.Step step) => Math.Max(1, step switch
        {
            { Progress.Total: > 0 } => step.Progress.Total,
            { Id: "pretrain" } => _spec.Pretrain?.Phases.Sum(phase => (double)phase.Steps) ?? 0,
            _ => _spec.Finetune?.Recipe?.Phase.Steps ?? 0,
        });
    }
}
