using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Run;

/// <summary>
/// Jobs that wait for a slot, in one lane for each kind of recipe, so that a full or silent worker holds up only its own kind. Not
/// thread-safe.
/// </summary>
internal sealed class JobLanes(TimeProvider time, Action wake) : IDisposable
{
    private readonly Dictionary<Type, Lane> _lanes = [];

    public void Enqueue(PooledJob job) => LaneOf(job.Recipe).Queue.Enqueue(job, job.Priority);

    /// <summary>Holds a kind of recipe back for some time, then wakes the pool.</summary>
    public void Pause(Recipe recipe, TimeSpan pause)
    {
        var lane = LaneOf(recipe);
        lane.PausedUntil = time.GetUtcNow() + pause;
        lane.Timer?.Dispose();
        lane.Timer = time.CreateTimer(_ => wake(), null, pause, Timeout.InfiniteTimeSpan);
    }

    public void Resume(Recipe recipe) => LaneOf(recipe).PausedUntil = DateTimeOffset.MinValue;

    /// <returns>The job of highest priority that is wanted and not held back; null when there is none.</returns>
    public PooledJob? TakeNext()
    {
        var now = time.GetUtcNow();
        Lane? best = null;
        foreach (var lane in _lanes.Values.Where(lane => lane.PausedUntil <= now))
        {
            while (lane.Queue.TryPeek(out var job, out _) && job.IsAbandoned)
            {
                lane.Queue.Dequeue();
            }

            if (lane.Queue.TryPeek(out _, out var priority) && (best is null || priority.CompareTo(best.Queue.Peek().Priority) < 0))
            {
                best = lane;
            }
        }

        return best?.Queue.Dequeue();
    }

    public void Dispose()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Timer?.Dispose();
        }
    }

    private Lane LaneOf(Recipe recipe)
    {
        if (!_lanes.TryGetValue(recipe.GetType(), out var lane))
        {
            lane = new Lane();
            _lanes.Add(recipe.GetType(), lane);
        }

        return lane;
    }

    private sealed class Lane
    {
        public PriorityQueue<PooledJob, (long Path, long Sequence)> Queue { get; } = new();

        public DateTimeOffset PausedUntil { get; set; } = DateTimeOffset.MinValue;

        public ITimer? Timer { get; set; }
    }
}
