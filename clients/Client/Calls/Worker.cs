namespace Graft.Client.Calls;

/// <summary>One worker of several of a kind.</summary>
internal sealed class Worker(Uri address, Endpoint endpoint, TimeProvider time)
{
    // So long after it did not answer, others are asked first.
    private static readonly TimeSpan _avoided = TimeSpan.FromSeconds(10);

    private long _awaySince;
    private int _jobs;

    public Uri Address => address;

    public Endpoint Endpoint => endpoint;

    /// <summary>Whether it did not answer a moment ago.</summary>
    public bool IsAway => Volatile.Read(ref _awaySince) is not 0 and var since && time.GetElapsedTime(since) < _avoided;

    /// <summary>Jobs this client has given it and not seen the end of.</summary>
    public int Jobs => Volatile.Read(ref _jobs);

    public void Took() => Interlocked.Increment(ref _jobs);

    public void Left() => Interlocked.Decrement(ref _jobs);

    public void IsSilent() => Volatile.Write(ref _awaySince, Math.Max(1, time.GetTimestamp()));
}
