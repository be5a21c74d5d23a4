using System.Diagnostics.CodeAnalysis;
using Graft.Artifacts;
using Graft.VectorStore.Collecting;

namespace Graft.VectorStore.Contents;

/// <summary>
/// Chunks of one upload on their way into the store: several are encoded and put at once, in any order, and what has arrived without a
/// gap from the beginning is recorded as committed. A chunk that came whole is put and recorded even when its upload breaks off
/// behind it, so that going on repeats nothing that arrived: at most the chunk that was arriving (less than 4 MiB) is sent again.
/// </summary>
internal sealed class ChunkPipeline : IDisposable
{
    private readonly BlobStore _blobs;
    private readonly UploadProgress _uploads;
    private readonly ChunkSlots _slots;
    private readonly Digest _digest;
    private readonly StoredContent? _parent;
    private readonly Condemned _condemned;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _own = new(ChunkSlots.EachUpload);
    private readonly Lock _lock = new();
    private readonly Dictionary<int, StoredChunk> _ahead = [];
    private readonly List<Task> _running = [];
    private readonly List<StoredChunk> _arrived;
    private readonly StoredContent _content;
    private Task _recording = Task.CompletedTask;
    private int _recorded;
    private long _recordedAt;
    private bool _recordFailed;
    private Exception? _failure;

    /// <param name="digest">The content.</param>
    /// <param name="soFar">What arrived before; its chunks are continued.</param>
    /// <param name="parent">What it is a delta against.</param>
    /// <param name="condemned">What garbage collection is deleting, as of the beginning of the upload.</param>
    /// <param name="blobs">Where chunks go.</param>
    /// <param name="uploads">Where progress goes.</param>
    /// <param name="slots">Shared by all uploads.</param>
    /// <param name="time">Tells how long ago progress was recorded.</param>
    public ChunkPipeline(
        Digest digest, StoredContent soFar, StoredContent? parent, Condemned condemned, BlobStore blobs, UploadProgress uploads, ChunkSlots slots, TimeProvider time)
    {
        (_digest, _content, _parent, _condemned) = (digest, soFar, parent, condemned);
        (_blobs, _uploads, _slots, _time) = (blobs, uploads, slots, time);
        _arrived = [.. soFar.Chunks];
        _recorded = _arrived.Count;
        _recordedAt = time.GetTimestamp();
    }

    /// <summary>Time since garbage collection last saw that what has arrived is needed.</summary>
    public TimeSpan SinceRecord => _time.GetElapsedTime(Interlocked.Read(ref _recordedAt));

    /// <summary>
    /// Puts a chunk, without waiting for it, once there is room for it; disposes of it. Takes no token: a chunk that came whole is kept,
    /// and room comes as soon as another chunk is stored.
    /// </summary>
    /// <exception cref="Exception">What an earlier chunk failed with.</exception>
    public async Task AddAsync(RawChunk chunk)
    {
        await _own.WaitAsync(CancellationToken.None);
        await _slots.Free.WaitAsync(CancellationToken.None);
        lock (_lock)
        {
            _running.RemoveAll(task => task.IsCompleted);
            _running.Add(Task.Run(() => PutAsync(chunk), CancellationToken.None));
        }

        ThrowFailure();
    }

    /// <summary>Waits for the chunks that are on their way now, and until they are recorded. Never fails.</summary>
    public async Task SettleAsync()
    {
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        Task recording;
        lock (_lock)
        {
            recording = _recording;
        }

        await recording;
    }

    /// <summary>Waits for all chunks.</summary>
    /// <returns>The content, complete.</returns>
    /// <exception cref="Exception">What a chunk failed with.</exception>
    public async Task<StoredContent> FinishAsync()
    {
        await SettleAsync();
        ThrowFailure();
        return _content with { Chunks = [.. _arrived] };
    }

    public void Dispose() => _own.Dispose();

    [SuppressMessage("Design", "CA1031", Justification = "What goes wrong is thrown to the upload, which is another flow.")]
    private async Task PutAsync(RawChunk chunk)
    {
        try
        {
            using (chunk)
            {
                var stored = await _blobs.PutAsync(
                    chunk.Memory, _content.DType, _parent?.Chunks[chunk.Position], _condemned, CancellationToken.None);
                Arrive(chunk.Position, stored);
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
        finally
        {
            _slots.Free.Release();
            _own.Release();
        }
    }

    private void Arrive(int position, StoredChunk stored)
    {
        lock (_lock)
        {
            _ahead.Add(position, stored);
            while (_ahead.Remove(_arrived.Count, out var next))
            {
                _arrived.Add(next);
            }

            if (_recording.IsCompleted && IsBehind)
            {
                _recording = Task.Run(RecordAsync, CancellationToken.None);
            }
        }
    }

    // A content that is complete is recorded by becoming known.
    private bool IsBehind => !_recordFailed && _arrived.Count > _recorded && _arrived.Sum(chunk => (long)chunk.Size) < _content.Size;

    // One record covers all chunks that came while the one before was written.
    [SuppressMessage("Design", "CA1031", Justification = "What goes wrong is thrown to the upload, which is another flow.")]
    private async Task RecordAsync()
    {
        while (true)
        {
            StoredContent soFar;
            lock (_lock)
            {
                if (!IsBehind)
                {
                    _recording = Task.CompletedTask;
                    return;
                }

                soFar = _content with { Chunks = [.. _arrived] };
            }

            try
            {
                var began = _time.GetTimestamp();
                if (await _uploads.RecordAsync(_digest, soFar, CancellationToken.None))
                {
                    Interlocked.Exchange(ref _recordedAt, began);
                }

                _recorded = soFar.Chunks.Count;
            }
            catch (Exception exception)
            {
                _recordFailed = true;
                Fail(exception);
            }
        }
    }

    private void Fail(Exception exception)
    {
        lock (_lock)
        {
            _failure ??= exception;
        }
    }

    private void ThrowFailure()
    {
        if (_failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }
}
