using Google.Protobuf.WellKnownTypes;
using Graft.Client;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Run;

namespace Graft.Coordinator.Rpc;

/// <summary>Runs as their messages.</summary>
internal static class RunCodec
{
    /// <summary>The whole run.</summary>
    public static V1.Run ToProto(RunBoard board)
    {
        var run = ToProto(board.Since(0), int.MaxValue).Single();
        run.Spec = SpecOf(board);
        return run;
    }

    /// <summary>A run and its changed steps, in parts of at most so many steps. Only the last part shows an end of the run.</summary>
    public static IEnumerable<V1.Run> ToProto(RunChange change, int stepsPerPart)
    {
        for (var first = 0; first == 0 || first < change.Steps.Count; first += stepsPerPart)
        {
            var isLast = change.Steps.Count - first <= stepsPerPart;
            var part = ToProto(isLast ? change.Run : change.Run with { State = RunState.Running, Ended = null });
            part.StepCount = change.StepCount;
            part.Steps.AddRange(change.Steps.Skip(first).Take(stepsPerPart).Select(item => ToProto(item.Step, item.Status)));
            yield return part;
            if (isLast)
            {
                yield break;
            }
        }
    }

    /// <summary>A run without its steps.</summary>
    public static V1.Run ToProto(RunSummary summary) => new()
    {
        Id = summary.Id,
        Name = summary.Name,
        State = (V1.RunState)((int)summary.State + 1),
        Started = summary.Started.ToTimestamp(),
        Ended = summary.Ended?.ToTimestamp(),
    };

    public static V1.RunSpec SpecOf(RunBoard board)
    {
        var spec = new V1.RunSpec { Yaml = board.Yaml };
        spec.Inputs.AddRange(board.Inputs
            .OrderBy(input => input.Key, StringComparer.Ordinal)
            .Select(input => new V1.Input { Reference = input.Key, Artifact = input.Value.ToString() }));
        return spec;
    }

    public static V1.Step ToProto(PlanStep step, StepStatus status)
    {
        var proto = new V1.Step
        {
            Id = step.Id,
            Kind = KindOf(step.Kind),
            State = (V1.StepState)((int)status.State + 1),
            Recipe = status.Recipe?.ToString() ?? "",
            Artifact = status.Artifact?.ToString() ?? "",
            Progress = status.Progress is { } progress ? ToProto(progress) : null,
            Error = status.Error is { } error ? new V1.JobError { Kind = error.Kind, Message = error.Message } : null,
            Cell = step.Cell is { } cell ? ToProto(cell) : null,
            Task = step.Task,
            Started = status.Started?.ToTimestamp(),
            Elapsed = status.Elapsed?.ToDuration(),
        };
        proto.Needs.AddRange(step.Trainer is { } trainer ? [trainer.Id] : step.Needs.Select(need => need.Id));
        return proto;
    }

    private static V1.Cell ToProto(Cell cell)
    {
        var proto = new V1.Cell
        {
            Experiment = cell.Experiment,
            Base = cell.Base,
            Source = cell.Source,
            Step = cell.Step,
            Scale = cell.Scale,
            VectorStep = cell.VectorStep,
            Variant = cell.Variant,
        };
        if (cell.Seed is { } seed)
        {
            proto.Seed = seed;
        }

        return proto;
    }

    private static V1.Progress ToProto(JobProgress progress)
    {
        var proto = new V1.Progress
        {
            Completed = progress.Completed,
            Total = progress.Total,
            Unit = progress.Unit,
            Remaining = progress.Remaining?.ToDuration(),
        };
        proto.Metrics.AddRange(progress.Metrics
            .OrderBy(metric => metric.Key, StringComparer.Ordinal)
            .Select(metric => new V1.Metric { Name = metric.Key, Value = metric.Value }));
        return proto;
    }

    private static string KindOf(StepKind kind) => kind switch
    {
        StepKind.Train => "train",
        StepKind.Checkpoint => "checkpoint",
        StepKind.Extract => "extract",
        StepKind.Merge => "merge",
        StepKind.Compare => "compare",
        StepKind.Evaluate => "evaluate",
    };
}
