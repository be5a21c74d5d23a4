namespace Graft.Client.Checkpoints;

/// <summary>Adds up what several threads have moved.</summary>
internal sealed class ByteMeter(IProgress<(long Done, long Total)>? progress, long total)
{
    private long _done;

    public void Add(long bytes) => progress?.Report((Interlocked.Add(ref _done, bytes), total));
}
