using System.Runtime.CompilerServices;

namespace Graft.Trainer.Metrics;

/// <summary>The steps of one job from its first, for whoever watches, at whatever speed: nobody misses a step, nobody holds the job up.</summary>
internal sealed class StepFeed(string job, int steps)
{
    private readonly Lock _lock = new();
    private readonly List<StepMetrics> _done = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isEnded;

    public string Job => job;

    /// <summary>Steps of the recipe.</summary>
    public int Steps => steps;

    public StepMetrics? Last
    {
        get
        {
            lock (_lock)
            {
                return _done.Count > 0 ? _done[^1] : null;
            }
        }
    }

    public bool IsEnded
    {
        get
        {
            lock (_lock)
            {
                return _isEnded;
            }
        }
    }

    public void Add(params IEnumerable<StepMetrics> steps) => Change(() => _done.AddRange(steps));

    /// <summary>The job has ended, one way or the other.</summary>
    public void End() => Change(() => _isEnded = true);

    /// <summary>All steps after one, those done at once, the others as they are done; ends with the job.</summary>
    public async IAsyncEnumerable<IReadOnlyList<StepMetrics>> WatchAsync(int after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = 0;
        while (true)
        {
            StepMetrics[] news;
            Task changed;
            bool isEnded;
            lock (_lock)
            {
                news = [.. _done.Skip(next).Where(step => step.Step > after)];
                next = _done.Count;
                (changed, isEnded) = (_changed.Task, _isEnded);
            }

            if (news.Length > 0)
            {
                yield return news;
            }

            if (isEnded)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Change(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.SetResult();
    }
}
