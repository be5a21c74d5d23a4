using Graft.Artifacts;

namespace Graft.Cli.Report;

/// <summary>A run as the report tells it.</summary>
/// <param name="Id">16 hex digits.</param>
/// <param name="Name">From the spec.</param>
/// <param name="State">Where it stands.</param>
internal sealed record RunFacts(string Id, string Name, V1.RunState State)
{
    public IReadOnlyList<StepFacts> Steps { get; init; } = [];

    /// <summary>Digests of what the spec was given, by the reference in it.</summary>
    public IReadOnlyDictionary<string, Digest> Inputs { get; init; } = new OrderedDictionary<string, Digest>();

    public IEnumerable<StepFacts> Failed => Steps.Where(step => step.State == V1.StepState.Failed);

    public int Count(V1.StepState state) => Steps.Count(step => step.State == state);

    /// <summary>"failed: 3 of 20 steps failed or wait for one that did".</summary>
    public string StateInWords => State switch
    {
        V1.RunState.Running => $"still running: {Done} of {Steps.Count} steps done",
        V1.RunState.Failed => $"failed: {Done} of {Steps.Count} steps done, {Count(V1.StepState.Failed)} failed, "
            + $"{Count(V1.StepState.Blocked)} could not be done because of that",
        V1.RunState.Cancelled => $"cancelled: {Done} of {Steps.Count} steps done",
        _ => $"complete: {Steps.Count} steps",
    };

    private int Done => Count(V1.StepState.Hit) + Count(V1.StepState.Succeeded);
}

/// <summary>One step of a run.</summary>
internal sealed record StepFacts(string Id, string Kind, V1.StepState State)
{
    /// <summary>Ids of the steps whose artifacts it took.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    public Digest? Recipe { get; init; }

    public Digest? Artifact { get; init; }

    /// <summary>Why it failed or is blocked.</summary>
    public string? Error { get; init; }

    /// <summary>Time its job took in this run; null for hits.</summary>
    public TimeSpan? Elapsed { get; init; }

    /// <summary>For a hit: the time its job took in the run that did it; null where no run tells.</summary>
    public TimeSpan? Saved { get; init; }

    /// <summary>Bytes the store keeps for its artifact.</summary>
    public long? StoredBytes { get; init; }
}
