using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>
/// Writes down now and then what a run has measured, so that a coordinator that is killed forgets little of it. What the run has made is
/// in the store without this.
/// </summary>
internal sealed class RunKeeper(IWorld world, RunBoard board, TimeSpan interval, TimeProvider time)
{
    private Task _saving = Task.CompletedTask;
    private long _since = time.GetTimestamp();

    /// <summary>A job has ended: saves beside the run's work, if the last time is long enough ago.</summary>
    public void Note(CancellationToken cancellationToken)
    {
        if (_saving.IsCompleted && time.GetElapsedTime(_since) >= interval)
        {
            _since = time.GetTimestamp();
            _saving = SaveAsync(cancellationToken);
        }
    }

    /// <summary>Nothing is being written any more: the run's end may be.</summary>
    public Task SettleAsync() => _saving;

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        try
        {
            await world.SaveAsync(board.ToStored(RunState.Running, ended: null), cancellationToken);
        }
        catch (Exception exception) when (exception is FaultException or OperationCanceledException)
        {
            // The next time, or the end, writes all of it.
        }
    }
}
