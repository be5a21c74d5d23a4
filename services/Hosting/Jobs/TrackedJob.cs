using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.WellKnownTypes;

namespace Graft.Hosting.Jobs;

/// <summary>One job: its state, who waits for a change of it, and the switch that stops it.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no wait handle, and a late Cancel must find it.")]
internal sealed class TrackedJob
{
    private readonly Lock _lock = new();
    private readonly V1.Job _job;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _cancellation = new();
    private TaskCompletionSource? _changed;

    public TrackedJob(long sequence, JobRequest request, DateTimeOffset started)
    {
        Sequence = sequence;
        _job = new V1.Job { Id = request.Id, Kind = request.Kind, State = V1.JobState.Running, Started = started.ToTimestamp() };
    }

    /// <summary>Ascends with the start of jobs.</summary>
    public long Sequence { get; }

    /// <summary>Who started it; null where callers are not told apart.</summary>
    public string? Caller { get; init; }

    public string Id => _job.Id;

    public string Kind => _job.Kind;

    public CancellationToken Cancellation => _cancellation.Token;

    /// <summary>Completes after the last change.</summary>
    public Task Ended => _ended.Task;

    public V1.Job Snapshot() => Observe().Job;

    /// <summary>The state now and a task that completes with the first change after it.</summary>
    public (V1.Job Job, Task Changed) Observe()
    {
        lock (_lock)
        {
            _changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (_job.Clone(), _changed.Task);
        }
    }

    /// <summary>Changes the state of a running job; one that has ended stays as it is.</summary>
    public void Change(Action<V1.Job> change)
    {
        lock (_lock)
        {
            if (_job.State == V1.JobState.Running)
            {
                change(_job);
                _changed?.SetResult();
                _changed = null;
            }
        }
    }

    public void End(V1.JobState state, V1.JobError? error, DateTimeOffset ended)
    {
        Change(job =>
        {
            job.State = state;
            job.Error = error;
            job.Ended = ended.ToTimestamp();
        });
        _ended.TrySetResult();
    }

    public void Cancel() => _cancellation.Cancel();
}
