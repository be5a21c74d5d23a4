using Graft.Artifacts;
using Graft.Client;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>Where a step stands; see coordinator.proto.</summary>
internal enum StepState
{
    Waiting,
    Hit,
    Miss,
    Running,
    Succeeded,
    Failed,
    Blocked,
}

/// <summary>Why a step failed or is blocked.</summary>
/// <param name="Kind">Kind of fault, such as "Invalid".</param>
/// <param name="Message">For people.</param>
internal sealed record StepError(string Kind, string Message)
{
    public static StepError Of(FaultException fault) => new(fault.Kind.ToString(), fault.Message);
}

/// <summary>A step at one moment.</summary>
internal sealed record StepStatus
{
    public StepState State { get; init; }

    /// <summary>Null until the artifacts it needs are there.</summary>
    public Digest? Recipe { get; init; }

    /// <summary>Null until it is made.</summary>
    public Digest? Artifact { get; init; }

    /// <summary>Of its job; kept after the end.</summary>
    public JobProgress? Progress { get; init; }

    public StepError? Error { get; init; }

    public DateTimeOffset? Started { get; init; }

    /// <summary>Time its job took; null for hits and for checkpoints.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>How far its job was when it was first seen: one that goes on did the rest elsewhere, or before. From 0 to 1.</summary>
    public double Resumed { get; init; }

    /// <summary>What its job did, once it has ended.</summary>
    public (WorkKind Kind, double Amount)? Work { get; init; }

    public bool IsFinal => State is StepState.Hit or StepState.Succeeded or StepState.Failed or StepState.Blocked;
}
