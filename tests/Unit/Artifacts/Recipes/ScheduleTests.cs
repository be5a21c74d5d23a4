using Graft.Artifacts.Recipes;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Recipes;

public sealed class ScheduleTests
{
    [Theory]
    [InlineData(ScheduleShape.Constant, 0, 0.25)]
    [InlineData(ScheduleShape.Constant, 2, 0.75)]
    [InlineData(ScheduleShape.Constant, 3, 1.0)]
    [InlineData(ScheduleShape.Constant, 4, 1.0)]
    [InlineData(ScheduleShape.Constant, 103, 1.0)]
    [InlineData(ScheduleShape.Linear, 1, 0.5)]
    [InlineData(ScheduleShape.Linear, 4, 1.0)]
    [InlineData(ScheduleShape.Linear, 54, 0.6)]
    [InlineData(ScheduleShape.Linear, 103, 0.208)]
    [InlineData(ScheduleShape.Linear, 104, 0.2)]
    [InlineData(ScheduleShape.Cosine, 1, 0.5)]
    [InlineData(ScheduleShape.Cosine, 4, 1.0)]
    [InlineData(ScheduleShape.Cosine, 29, 0.8828427124746190)]
    [InlineData(ScheduleShape.Cosine, 54, 0.6)]
    [InlineData(ScheduleShape.Cosine, 104, 0.2)]
    public void Warm_up_of_4_then_decay_to_a_fifth_over_100_steps(ScheduleShape shape, int step, double expected)
    {
        var schedule = new Schedule(shape, Peak: 2e-3, WarmupSteps: 4, FinalRatio: 0.2);

        Assert.Equal(2e-3 * expected, schedule.At(step, steps: 104), 1e-15);
    }

    [Fact]
    public void Without_warm_up_it_begins_at_the_peak()
    {
        Assert.Equal(0.5, new Schedule(ScheduleShape.Linear, 0.5, 0, 0).At(0, 10));
        Assert.Equal(0.05, new Schedule(ScheduleShape.Linear, 0.5, 0, 0).At(9, 10), 1e-15);
    }

    [Fact]
    public void A_phase_of_nothing_but_warm_up_ends_at_the_peak()
    {
        var schedule = new Schedule(ScheduleShape.Cosine, 1, 3, 0);

        Assert.Equal([1 / 3.0, 2 / 3.0, 1], Enumerable.Range(0, 3).Select(step => schedule.At(step, 3)));
        Assert.Equal(1, schedule.At(3, 3));
    }
}
