namespace Graft.Merger.Merging;

/// <summary>What this worker's merges have moved in how long, for estimates.</summary>
internal sealed class MergeSpeed
{
    private readonly Lock _lock = new();
    private long _bytes;
    private TimeSpan _elapsed;

    public void Record(long bytes, TimeSpan elapsed)
    {
        lock (_lock)
        {
            (_bytes, _elapsed) = (_bytes + bytes, _elapsed + elapsed);
        }
    }

    /// <summary>How long so many bytes will take; null before the first merge.</summary>
    public TimeSpan? Estimate(long bytes)
    {
        lock (_lock)
        {
            return _bytes == 0 ? null : _elapsed * ((double)bytes / _bytes);
        }
    }
}
