using System.Diagnostics.CodeAnalysis;
using Graft.Artifacts;

namespace Graft.Client.Contents;

/// <summary>
/// Contents that went through this client lately, verified; those not used for longest make room. Contents never change, so
/// nothing in here is ever out of date. What it is given and what it gives out must not be written to.
/// </summary>
internal sealed class ContentCache(long limit)
{
    // One content may take an eighth: a single big tensor must not push out everything else.
    private readonly long _largest = limit / 8;
    private readonly Lock _lock = new();
    private readonly Dictionary<Digest, LinkedListNode<(Digest Digest, byte[] Bytes)>> _nodes = [];
    private readonly LinkedList<(Digest Digest, byte[] Bytes)> _order = [];
    private long _size;

    /// <summary>Bytes held now.</summary>
    public long Size
    {
        get
        {
            lock (_lock)
            {
                return _size;
            }
        }
    }

    public bool Takes(long size) => size <= _largest;

    public bool TryGet(Digest digest, [NotNullWhen(true)] out byte[]? bytes)
    {
        lock (_lock)
        {
            if (!_nodes.TryGetValue(digest, out var node))
            {
                bytes = null;
                return false;
            }

            _order.Remove(node);
            _order.AddFirst(node);
            bytes = node.Value.Bytes;
            return true;
        }
    }

    /// <param name="digest">The digest of <paramref name="bytes"/>, checked by the caller.</param>
    /// <param name="bytes">Kept as they are, not copied.</param>
    public void Add(Digest digest, byte[] bytes)
    {
        if (!Takes(bytes.Length))
        {
            return;
        }

        lock (_lock)
        {
            if (_nodes.ContainsKey(digest))
            {
                return;
            }

            _nodes.Add(digest, _order.AddFirst((digest, bytes)));
            _size += bytes.Length;
            while (_size > limit)
            {
                var oldest = _order.Last!.Value;
                _order.RemoveLast();
                _nodes.Remove(oldest.Digest);
                _size -= oldest.Bytes.Length;
            }
        }
    }
}
