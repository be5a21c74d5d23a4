using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Graft.Artifacts;

namespace Graft.VectorStore.Objects;

/// <summary>What was read lately of things that never change. Full, it forgets all: filling it again is cheap, and so is this.</summary>
internal sealed class BoundedCache<T>(int capacity)
{
    private readonly ConcurrentDictionary<Digest, T> _entries = new();

    public bool TryGet(Digest digest, [MaybeNullWhen(false)] out T value) => _entries.TryGetValue(digest, out value);

    public void Set(Digest digest, T value)
    {
        if (_entries.Count >= capacity)
        {
            _entries.Clear();
        }

        _entries[digest] = value;
    }
    public void Remove(Digest digest) => _entries.TryRemove(digest, out _);
}
