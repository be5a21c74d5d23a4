using Google.Protobuf.WellKnownTypes;
using Graft.Cli.Demo;
using Graft.Coordinator.Spec;

namespace Graft.Tests.Unit.Cli.Runs;

/// <summary>A run as the coordinator tells it, made up.</summary>
internal static class SmallRun
{
    public static RunSpec Spec { get; } = RunSpec.Parse(new DemoSpec(DemoPreset.Full, 0).ToYaml());

    public static V1.Run Of(params V1.Step[] steps)
    {
        var run = new V1.Run { Id = "0123456789abcdef", State = V1.RunState.Running };
        run.Steps.AddRange(steps);
        return run;
    }

    public static V1.Step Step(string id, string kind, V1.StepState state, double? elapsed = null) => new()
    {
        Id = id,
        Kind = kind,
        State = state,
        Elapsed = elapsed is { } seconds ? Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds)) : null,
    };

    public static V1.Step Training(string id, int completed, int total, double left) => new()
    {
        Id = id,
        Kind = "train",
        State = V1.StepState.Running,
        Progress = new V1.Progress
        {
            Completed = completed,
            Total = total,
            Unit = "steps",
            Metrics = { new V1.Metric { Name = "loss", Value = 2.5 }, new V1.Metric { Name = "tokens_per_second", Value = 40000 } },
            Remaining = Duration.FromTimeSpan(TimeSpan.FromSeconds(left)),
        },
    };
}
