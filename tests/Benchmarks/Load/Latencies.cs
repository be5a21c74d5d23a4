using System.Collections.Concurrent;

namespace Graft.Tests.Benchmarks.Load;

/// <summary>How long calls took, by what they were, and what went wrong.</summary>
internal sealed class Latencies
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<TimeSpan>> _times = new();

    private long _seen;

    public ConcurrentQueue<string> Errors { get; } = [];

    /// <summary>States that watchers were sent.</summary>
    public long States => _seen;

    public void Seen() => Interlocked.Increment(ref _seen);

    public void Add(string kind, TimeSpan time) => _times.GetOrAdd(kind, _ => []).Enqueue(time);

    /// <summary>In ascending order each.</summary>
    public IEnumerable<(string Kind, TimeSpan[] Times)> ByKind() =>
        _times.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value.Order().ToArray()));
}
