using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;

namespace Graft.Coordinator.Run;

/// <summary>A recipe to execute, with everybody who waits for it. Only <see cref="JobPool"/> touches it, under its lock.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no wait handle, and a late Cancel must find it.")]
internal sealed class PooledJob(Recipe recipe, Digest digest, (long Path, long Sequence) priority)
{
    public Recipe Recipe { get; } = recipe;

    public Digest Digest { get; } = digest;

    /// <summary>Longest path first, then in the order of submission.</summary>
    public (long Path, long Sequence) Priority { get; } = priority;

    public List<Action<JobStatus?>> Observers { get; } = [];

    public TaskCompletionSource<JobStatus> Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nobody waits for it any more.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>Cancelled soon after it was abandoned.</summary>
    public CancellationTokenSource Abandoned { get; } = new();

    /// <summary>The attempt that is under way; null while it queues.</summary>
    public Task? Attempt { get; set; }

    /// <summary>Holds it back after it was lost; null before that.</summary>
    public ITimer? Pause { get; set; }

    public JobStatus? Last { get; set; }

    /// <summary>From its place in the queue to its end; null when nobody records.</summary>
    public Activity? Span { get; set; }

    /// <summary>Timestamp of when it last came into the queue.</summary>
    public long QueuedAt { get; set; }

    /// <summary>Attempts lost to unavailable workers since it last got further than ever before.</summary>
    public int Failures { get; set; }

    public DateTimeOffset? FailingSince { get; set; }

    public long Furthest { get; set; } = -1;
}
