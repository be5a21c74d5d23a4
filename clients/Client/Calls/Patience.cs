namespace Graft.Client.Calls;

/// <summary>How long attempts go on without any success.</summary>
internal sealed class Patience(TimeProvider time, TimeSpan limit)
{
    private long _since = time.GetTimestamp();

    public bool Left => time.GetElapsedTime(_since) < limit;

    /// <summary>Something was achieved: the limit counts from now.</summary>
    public void Restore() => _since = time.GetTimestamp();
}
