namespace Graft.Client.Contents;

/// <summary>
/// Bounds the memory of what is on its way by bytes, not by number: many small tensors at a time or a few big ones. First come, first
/// served, so that a big one is not overtaken for ever.
/// </summary>
internal sealed class ByteBudget(long limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<(long Bytes, TaskCompletionSource Turn)> _waiting = [];
    private long _used;

    /// <summary>Bytes taken now; at most the limit.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _used;
            }
        }
    }

    /// <summary>Waits for room; it is given back when the result is disposed.</summary>
    /// <param name="bytes">Whoever needs more than there is takes all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IDisposable> TakeAsync(long bytes, CancellationToken cancellationToken)
    {
        var taken = new Taken(this, Math.Clamp(bytes, 0, limit));
        var node = new LinkedListNode<(long Bytes, TaskCompletionSource Turn)>(
            (taken.Bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        lock (_lock)
        {
            _waiting.AddLast(node);
            Serve();
        }

        try
        {
            await node.Value.Turn.Task.WaitAsync(cancellationToken);
            return taken;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                // Its turn may have come at the same moment.
                if (node.List is null)
                {
                    _used -= taken.Bytes;
                }
                else
                {
                    _waiting.Remove(node);
                }

                Serve();
            }

            throw;
        }
    }

    private void Return(long bytes)
    {
        lock (_lock)
        {
            _used -= bytes;
            Serve();
        }
    }

    private void Serve()
    {
        while (_waiting.First is { } next && next.Value.Bytes <= limit - _used)
        {
            _waiting.RemoveFirst();
            _used += next.Value.Bytes;
            next.Value.Turn.SetResult();
        }
    }

    private sealed class Taken(ByteBudget budget, long bytes) : IDisposable
    {
        private int _isReturned;

        public long Bytes => bytes;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReturned, 1) == 0)
            {
                budget.Return(bytes);
            }
        }
    }
}
