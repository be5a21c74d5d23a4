namespace Graft.VectorStore.Collecting;

/// <summary>Keys of the objects that garbage collection is deleting at a moment: one batch of one kind, mostly none.</summary>
internal sealed class Condemned(IReadOnlyCollection<string> keys)
{
    public static readonly Condemned None = new([]);

    private readonly HashSet<string> _keys = [.. keys];

    public bool IsEmpty => _keys.Count == 0;

    public bool Contains(string key) => _keys.Count > 0 && _keys.Contains(key);
}
