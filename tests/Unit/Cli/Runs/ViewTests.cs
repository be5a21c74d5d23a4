using Graft.Cli.Runs;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Graft.Tests.Unit.Cli.Runs.SmallRun;

namespace Graft.Tests.Unit.Cli.Runs;

public sealed class ViewTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void Plain_output_tells_milestones_once()
    {
        var terminal = new TestTerminal(_time);
        var view = new PlainView(terminal.Terminal.Output, "demo", Spec, _time, 2);

        view.Draw(Of(Step("pretrain", "train", V1.StepState.Running), Step("pretrain/M1", "checkpoint", V1.StepState.Miss), Step("merge/M2+M1", "merge", V1.StepState.Waiting)));
        var later = Of(Step("pretrain", "train", V1.StepState.Succeeded, 61), Step("pretrain/M1", "checkpoint", V1.StepState.Succeeded), Step("merge/M2+M1", "merge", V1.StepState.Succeeded));
        view.Draw(later);
        view.Draw(later);

        Assert.Equal(
            """
            03:04:05 demo: 3 steps, 0 done before
            03:04:05 pretrain trained in 1:01
            03:04:05 pretrain/M1 kept
            03:04:05 merge: all 1 done

            """,
            terminal.Output);
    }

    [Fact]
    public void Plain_output_gives_a_sign_of_life_every_ten_seconds()
    {
        var terminal = new TestTerminal(_time);
        var view = new PlainView(terminal.Terminal.Output, "demo", Spec, _time, 1);
        var run = Of(Training("pretrain", 800, 3200, 60));

        view.Draw(run);
        _time.Advance(TimeSpan.FromSeconds(9));
        view.Draw(run);
        _time.Advance(TimeSpan.FromSeconds(1));
        view.Draw(run);
        view.Draw(run);

        Assert.Equal(
            """
            03:04:05 demo: 1 steps, 0 done before
            03:04:15 0/1 steps, about 1:00 left; pretrain 800/3200 steps, loss 2.500, 40,000 tokens/s, 1:00 left

            """,
            terminal.Output);
    }

    [Fact]
    public void Plain_output_tells_failures()
    {
        var terminal = new TestTerminal(_time);
        var failed = Step("merge/M2+M1", "merge", V1.StepState.Failed);
        failed.Error = new V1.JobError { Kind = "Invalid", Message = "shapes differ" };

        new PlainView(terminal.Terminal.Output, "demo", Spec, _time, 1).Draw(Of(failed));

        Assert.Contains("03:04:05 merge/M2+M1 failed: shapes differ\n", terminal.Output);
    }

    [Fact]
    public void A_terminal_shows_the_whole_and_each_job()
    {
        var terminal = new TestTerminal(_time);
        var view = new LiveView(terminal.Terminal.Output, "graft demo [full]", Spec, () => TimeSpan.FromSeconds(62), 1);

        terminal.Terminal.Output.Write(view.Draw(Of(Training("pretrain", 1600, 3200, 80), Step("merge/M2+M1", "merge", V1.StepState.Hit))));

        var lines = terminal.Output.Split('\n').Select(line => line.TrimEnd()).ToArray();
        Assert.Equal("graft demo [full]", lines[0]);
        Assert.Equal("###############---------------  50 %  1/2 steps (1 from before)  1:02 passed, about 1:20 left", lines[1]);
        Assert.Equal("  pretrain  1600/3200 steps  loss 2.500  40,000 tokens/s  1:20 left", lines[2]);
    }

    [Fact]
    public void What_failed_stands_at_the_top()
    {
        var terminal = new TestTerminal(_time);
        var view = new LiveView(terminal.Terminal.Output, "demo", Spec, () => TimeSpan.Zero, 2);
        var failed = Step("merge/M2+M1", "merge", V1.StepState.Failed);
        failed.Error = new V1.JobError { Kind = "Invalid", Message = "The shapes [2] and [3] differ." };

        terminal.Terminal.Output.Write(view.Draw(Of(Step("extract/M1", "extract", V1.StepState.Hit), failed)));

        Assert.Equal("failed merge/M2+M1: The shapes [2] and [3] differ.", terminal.Output.Split('\n')[1].TrimEnd());
    }

    [Fact]
    public void A_run_without_jobs_can_be_drawn()
    {
        var terminal = new TestTerminal(_time);
        var view = new LiveView(terminal.Terminal.Output, "demo", Spec, () => TimeSpan.Zero, 2);

        terminal.Terminal.Output.Write(view.Draw(Of(Step("a", "merge", V1.StepState.Hit))));

        Assert.Contains("1/1 steps (1 from before)  0:00 passed\n", terminal.Output.Replace(" \n", "\n"));
    }
}
