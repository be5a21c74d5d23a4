using Graft.Trainer;
using Graft.Trainer.Training;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Training;

public class StateScheduleTests
{
    private readonly HandSetTime _time = new();

    [Fact]
    public async Task A_state_is_due_after_so_many_steps_or_so_much_time_whichever_is_first()
    {
        var schedule = new StateSchedule(new TrainerOptions { StateSteps = 5, StateInterval = TimeSpan.FromSeconds(10) }, _time, step: 3);

        Assert.False(schedule.IsDue(7));
        Assert.True(schedule.IsDue(8));
        _time.Pass(TimeSpan.FromSeconds(10));
        Assert.False(schedule.IsDue(3));
        Assert.True(schedule.IsDue(4));
        await schedule.SaveAsync(4, () => Task.CompletedTask);
        Assert.False(schedule.IsDue(5));
    }

    [Fact]
    public async Task Saving_takes_a_tenth_of_the_time_at_most()
    {
        var schedule = new StateSchedule(new TrainerOptions { StateInterval = TimeSpan.FromSeconds(10) }, _time, step: 0);
        await schedule.SaveAsync(1, () =>
        {
            _time.Pass(TimeSpan.FromMinutes(2));
            return Task.CompletedTask;
        });

        _time.Pass(TimeSpan.FromMinutes(17));
        Assert.False(schedule.IsDue(2));
        _time.Pass(TimeSpan.FromMinutes(1));
        Assert.True(schedule.IsDue(2));
    }

    [Fact]
    public async Task No_interval_is_every_step_whatever_it_costs()
    {
        var schedule = new StateSchedule(new TrainerOptions { StateInterval = TimeSpan.Zero }, _time, step: 0);
        await schedule.SaveAsync(1, () =>
        {
            _time.Pass(TimeSpan.FromMinutes(2));
            return Task.CompletedTask;
        });

        Assert.True(schedule.IsDue(2));
    }

    private sealed class HandSetTime : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;
    }
}
