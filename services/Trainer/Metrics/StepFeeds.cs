namespace Graft.Trainer.Metrics;

/// <summary>The feeds of the jobs that run here, and of the last that ended.</summary>
internal sealed class StepFeeds
{
    private const int KeepEnded = 16;

    private readonly Lock _lock = new();
    private readonly List<StepFeed> _feeds = [];

    /// <summary>Feeds of running jobs.</summary>
    public IReadOnlyList<StepFeed> Running
    {
        get
        {
            lock (_lock)
            {
                return [.. _feeds.Where(feed => !feed.IsEnded)];
            }
        }
    }

    /// <summary>A feed for a job that begins, or begins again.</summary>
    public StepFeed Open(string job, int steps)
    {
        var feed = new StepFeed(job, steps);
        lock (_lock)
        {
            _feeds.RemoveAll(other => other.Job == job);
            foreach (var old in _feeds.Where(other => other.IsEnded).SkipLast(KeepEnded - 1).ToArray())
            {
                _feeds.Remove(old);
            }

            _feeds.Add(feed);
        }

        return feed;
    }

    /// <returns>Null when the job neither runs here nor has ended here lately.</returns>
    public StepFeed? Find(string job)
    {
        lock (_lock)
        {
            return _feeds.Find(feed => feed.Job == job);
        }
    }
}
