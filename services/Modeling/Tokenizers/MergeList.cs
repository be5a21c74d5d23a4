namespace Graft.Modeling.Tokenizers;

/// <summary>
/// The symbols of one piece while they are merged: a linked list over arrays, and a queue of the pairs that can merge, by rank and then
/// from left to right. n log n in the piece's length, so that a megabyte of one letter does no harm.
/// </summary>
internal sealed class MergeList(int capacity, MergeTable merges)
{
    private readonly int[] _ids = new int[capacity];
    private readonly int[] _next = new int[capacity];
    private readonly int[] _previous = new int[capacity];
    private readonly PriorityQueue<(int At, int Left, int Right, int Merged), (int Rank, int At)> _queue = new();
    private int _count;

    public void Add(int id)
    {
        _ids[_count] = id;
        _previous[_count] = _count - 1;
        _next[_count] = ++_count;
    }

    /// <summary>Merges what can be merged and adds the result to <paramref name="ids"/>.</summary>
    public void Run(List<int> ids)
    {
        for (var i = 0; i + 1 < _count; i++)
        {
            Offer(i);
        }

        while (_queue.TryDequeue(out var pair, out _))
        {
            // A pair of which a half has been merged away since is void.
            var right = _next[pair.At];
            if (_ids[pair.At] == pair.Left && right < _count && _ids[right] == pair.Right)
            {
                Join(pair.At, right, pair.Merged);
            }
        }

        for (var i = 0; i < _count; i = _next[i])
        {
            ids.Add(_ids[i]);
        }
    }

    private void Join(int left, int right, int merged)
    {
        _ids[left] = merged;
        _ids[right] = -1;
        _next[left] = _next[right];
        if (_next[left] < _count)
        {
            _previous[_next[left]] = left;
            Offer(left);
        }

        if (_previous[left] >= 0)
        {
            Offer(_previous[left]);
        }
    }

    private void Offer(int left)
    {
        var (a, b) = (_ids[left], _ids[_next[left]]);
        var (rank, merged) = merges.Find(a, b);
        if (rank != MergeTable.Never)
        {
            _queue.Enqueue((left, a, b, merged), (rank, left));
        }
    }
}
