using Google.Protobuf.WellKnownTypes;
using Graft.Cli.Runs;
using Xunit;
using static Graft.Tests.Unit.Cli.Runs.SmallRun;

namespace Graft.Tests.Unit.Cli.Runs;

public class PlanTableTests
{
    [Fact]
    public void Steps_are_counted_by_kind_and_the_reason_of_a_block_comes_first()
    {
        var plan = Plan(
            Step("finetune/M1", "train", V1.StepState.Hit),
            Step("finetune/M2", "train", V1.StepState.Miss, cost: Cost(3 << 20, 0, 90)),
            Step("finetune/M2@40", "checkpoint", V1.StepState.Miss, cost: Cost(0, 1 << 20, null)),
            Step("merge/M2+M1", "merge", V1.StepState.Blocked, reason: "No merger answers."),
            Step("evaluate/merge/M2+M1/gsm", "evaluate", V1.StepState.Blocked, reason: "It needs merge/M2+M1, which is blocked.", needs: "merge/M2+M1"));
        plan.Totals = new V1.PlanTotals
        {
            Hits = 1,
            Misses = 2,
            Blocked = 2,
            ReadBytes = 3 << 20,
            WrittenBytes = 1 << 20,
            Work = Seconds(90),
            Duration = Seconds(90),
        };
        plan.Speeds.Add(new V1.Speed { Kind = "train", Jobs = 7, WorkPerSecond = 10, Newest = new Timestamp() });

        Assert.Equal(
            """
            study (0123456789abcdef), 5 steps
            BLOCKED  merge/M2+M1: No merger answers.

            KIND           HIT   MISS  BLOCKED     TO READ    TO WRITE      TIME
            train            1      1        0     3.0 MiB                  1:30
            checkpoint       0      1        0                 1.0 MiB
            merge            0      0        1
            evaluate         0      0        1
            all              1      2        2     3.0 MiB     1.0 MiB      1:30
            About 1:30 to the end; 0.025 worker-hours (GPU-hours where a worker has one GPU).
            Estimated from the newest jobs in the store: 7 train.

            """,
            Written(plan, hasSteps: false));
    }

    [Fact]
    public void Every_step_has_a_line_when_asked()
    {
        var plan = Plan(Step("extract/M1", "extract", V1.StepState.Hit), Step("merge/M2+M1", "merge", V1.StepState.Miss, cost: Cost(2048, 1024, null)));
        plan.Totals = new V1.PlanTotals { Hits = 1, Misses = 1, ReadBytes = 2048, WrittenBytes = 1024, Work = Seconds(0), Duration = Seconds(0), Unmeasured = 1 };

        var lines = Written(plan, hasSteps: true).Split('\n');

        Assert.Equal("HIT      extract/M1", lines[2]);
        Assert.Equal("MISS     merge/M2+M1     2.0 KiB     1.0 KiB", lines[3]);
        Assert.EndsWith("         ?", lines[^3], StringComparison.Ordinal);
        Assert.Equal("The time of 1 of 1 jobs is not known: no job of their kind has been measured in this store.", lines[^2]);
    }

    [Fact]
    public void A_plan_of_hits_says_that_nothing_is_to_be_done()
    {
        var plan = Plan(Step("extract/M1", "extract", V1.StepState.Hit));
        plan.Totals = new V1.PlanTotals { Hits = 1, Work = Seconds(0), Duration = Seconds(0) };

        Assert.EndsWith("Everything is there: a run has nothing to do.\n", Written(plan, hasSteps: false), StringComparison.Ordinal);
    }

    private static string Written(V1.PlanRunResponse plan, bool hasSteps)
    {
        var terminal = new TestTerminal();
        PlanTable.Write(terminal.Terminal, plan, hasSteps);
        return terminal.Output;
    }

    private static V1.PlanRunResponse Plan(params V1.Step[] steps)
    {
        var run = Of(steps);
        run.Name = "study";
        run.StepCount = steps.Length;
        return new V1.PlanRunResponse { Run = run };
    }

    private static V1.Step Step(string id, string kind, V1.StepState state, V1.StepCost? cost = null, string? reason = null, string? needs = null)
    {
        var step = SmallRun.Step(id, kind, state);
        step.Cost = cost;
        step.Error = reason is null ? null : new V1.JobError { Kind = "Unavailable", Message = reason };
        step.Needs.AddRange(needs is null ? [] : [needs]);
        return step;
    }

    private static V1.StepCost Cost(long read, long written, double? seconds) =>
        new() { ReadBytes = read, WrittenBytes = written, Estimate = seconds is { } known ? Seconds(known) : null };

    private static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
