using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Graft.Cli.Trainings;
using Spectre.Console;
using Xunit;

namespace Graft.Tests.Unit.Cli.Trainings;

public sealed class TrainingFollowerTests
{
    [Fact]
    public async Task Json_has_a_line_for_each_step()
    {
        var terminal = new TestTerminal();

        await new TrainingFollower(terminal.Terminal, "training").WriteJsonAsync(Updates(3));

        var lines = terminal.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal([1, 2, 3], lines.Select(line => line["step"]!.GetValue<int>()));
        Assert.Equal(0.5, lines[1]["loss"]!.GetValue<double>());
        Assert.Null(lines[2]["loss"]);
        Assert.Equal(1, lines[2]["skipped"]!.GetValue<int>());
        Assert.Equal(1000, lines[0]["tokens_per_second"]!.GetValue<double>());
        Assert.False(lines[0].AsObject().ContainsKey("flop_utilization"));
    }

    [Fact]
    public async Task Without_a_terminal_the_first_and_the_last_step_are_lines_at_least()
    {
        var terminal = new TestTerminal();

        await new TrainingFollower(terminal.Terminal, "training").ShowAsync(Updates(3));

        Assert.Equal(
            """
            step 1/3, loss 1.0000, lr 2.0e-05, gradient norm 0.500, 10 tokens, 1,000 tokens/s, 0.010 s a step (0.001 s for data), 1.0 MiB, 0:05 left
            step 3/3, loss NaN, lr 2.0e-05, gradient norm 0.500, 30 tokens, 1,000 tokens/s, 0.010 s a step (0.001 s for data), 1.0 MiB, 1 steps skipped, 0:05 left

            """.ReplaceLineEndings("\n"),
            terminal.Output);
    }

    [Fact]
    public void On_a_terminal_there_is_the_curve_and_where_it_stands()
    {
        var terminal = new TestTerminal(isInteractive: true);
        var view = new TrainingView(terminal.Terminal.Output, "training 3f2a9c");
        var update = new V1.WatchTrainingResponse { Total = 400 };
        update.Steps.AddRange(Enumerable.Range(1, 200).Select(step => Step(step, 4.0 - (step / 100.0))));

        view.Add(update);
        terminal.Terminal.Output.Write(view.Draw());

        Assert.StartsWith("training 3f2a9c\n     ", terminal.Output);
        Assert.Contains("     3.990 |***", terminal.Output);
        Assert.Contains("steps 1 to 200", terminal.Output);
        Assert.Contains("step 200/400, loss 2.0000", terminal.Output);
        Assert.Contains("0:05 left", terminal.Output);
    }

    [Fact]
    public void A_curve_that_falls_by_orders_of_magnitude_is_logarithmic()
    {
        var terminal = new TestTerminal(isInteractive: true);
        var view = new TrainingView(terminal.Terminal.Output, "training");
        var update = new V1.WatchTrainingResponse { Total = 12 };
        update.Steps.AddRange(Enumerable.Range(0, 12).Select(step => Step(step + 1, Math.Pow(10, -step))));

        view.Add(update);
        terminal.Terminal.Output.Write(view.Draw());

        // A straight line: each column a line further down.
        var lines = terminal.Output.Split('\n').Where(line => line.Contains('*')).Select(line => line.IndexOf('*') - line.IndexOf('|')).ToArray();
        Assert.Equal(Enumerable.Range(1, 12), lines);
        Assert.Contains("loss, log", terminal.Output);
    }

    private static async IAsyncEnumerable<V1.WatchTrainingResponse> Updates(int count)
    {
        await Task.Yield();
        for (var step = 1; step <= count; step++)
        {
            var update = new V1.WatchTrainingResponse { Total = count };
            update.Steps.Add(Step(step, step == count ? double.NaN : 1.0 / step));
            update.Steps[0].Skipped = step == count ? 1 : 0;
            yield return update;
        }

        yield return new V1.WatchTrainingResponse { Total = count, Ended = true };
    }

    private static V1.TrainingStep Step(int step, double loss) => new()
    {
        Step = step,
        Loss = loss,
        LearningRate = 2e-5,
        GradientNorm = 0.5,
        Tokens = 10L * step,
        Timing = new V1.StepTiming
        {
            Step = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(10)),
            Data = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(1)),
            Remaining = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
            TokensPerSecond = 1000,
            MemoryBytes = 1 << 20,
        },
    };
}
