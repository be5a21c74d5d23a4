using Graft.Cli;
using Graft.Cli.Jobs;
using Xunit;

namespace Graft.Tests.Unit.Cli.Jobs;

public sealed class WorkProgressTests
{
    [Fact]
    public void A_training_tells_step_loss_speed_and_time_left()
    {
        var progress = WorkProgress.Of(new V1.Progress
        {
            Completed = 120,
            Total = 240,
            Unit = "steps",
            Metrics = { new V1.Metric { Name = "loss", Value = 1.23456 }, new V1.Metric { Name = "tokens_per_second", Value = 31020.4 } },
            Remaining = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromSeconds(11.2)),
        });

        Assert.Equal("120/240 steps, loss 1.235, 31,020 tokens/s, 0:12 left", progress.ToString());
        Assert.Equal(0.5, progress.Fraction);
    }

    [Fact]
    public void Other_work_tells_what_it_counts() =>
        Assert.Equal("3/26 tensors", WorkProgress.Of(new V1.Progress { Completed = 3, Total = 26, Unit = "tensors" }).ToString());

    [Theory]
    [InlineData(0, "0:00")]
    [InlineData(6.2, "0:07")]
    [InlineData(754, "12:34")]
    [InlineData(3723, "1:02:03")]
    [InlineData(90061, "25:01:01")]
    [InlineData(-5, "0:00")]
    public void Durations_are_short(double seconds, string expected) => Assert.Equal(expected, Durations.Text(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(512, "512 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(14L << 30, "14.0 GiB")]
    public void Sizes_are_short(long bytes, string expected) => Assert.Equal(expected, Sizes.Text(bytes));
}
