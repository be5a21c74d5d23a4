using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Graft.Tests.Unit.Coordinator.Run;

/// <summary>A clock that a test moves on exactly as far as somebody waits, so that it cannot run ahead of the work.</summary>
internal sealed class PassingTime() : FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero))
{
    private readonly ConcurrentQueue<DateTimeOffset> _due = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime >= TimeSpan.Zero)
        {
            _due.Enqueue(GetUtcNow() + dueTime);
        }

        return timer;
    }

    /// <summary>Moves on to the moment somebody waits for; stands still when nobody does.</summary>
    public void PassNext()
    {
        if (_due.TryDequeue(out var due) && due > GetUtcNow())
        {
            SetUtcNow(due);
        }
    }
}
