using System.Diagnostics.CodeAnalysis;

namespace Graft.Coordinator.Run;

/// <summary>A run this process drives, or drove a short while ago.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The token source has no timer and no wait handle, and a late Cancel must find it.")]
internal sealed class DrivenRun(RunBoard board)
{
    public RunBoard Board { get; } = board;

    /// <summary>Cancelled when somebody cancels the run.</summary>
    public CancellationTokenSource Cancelled { get; } = new();

    /// <summary>Completes when it has ended and nothing works for it any more.</summary>
    public Task Ended { get; set; } = Task.CompletedTask;
}
