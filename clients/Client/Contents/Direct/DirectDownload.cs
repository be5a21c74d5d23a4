using System.Buffers;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Client.Calls;
using Graft.Faults;
using Microsoft.Extensions.Logging;

namespace Graft.Client.Contents.Direct;

/// <summary>
/// Reads contents from where the store keeps its objects, so that the service is not the funnel of a cluster: many chunks at once, each
/// checked against its digest and decoded here. A chunk that cannot be had so is left to the caller, who reads it through the service;
/// nothing that has arrived is fetched again.
/// <para>Holds, besides the caller's memory, up to three chunks (12 MiB) for each of <c>connections</c>.</para>
/// </summary>
internal sealed partial class DirectDownload : IDisposable
{
    // A chunk that was damaged, or whose address did not work, is tried once more.
    private const int Attempts = 2;

    private readonly Locations _locations;
    private readonly ChunkDownload _chunks;
    private readonly ObjectHosts _hosts;
    private readonly SemaphoreSlim _connections;
    private readonly int _degree;
    private readonly Func<Digest, long, Memory<byte>, CancellationToken, Task<bool>> _readCached;
    private readonly ILogger _logger;

    /// <param name="endpoint">The store.</param>
    /// <param name="connections">Chunks fetched at once by all readers together.</param>
    /// <param name="readCached">Fills memory with a range of a content if it is cached: parents often are.</param>
    /// <param name="logger">Told why a direct read failed.</param>
    public DirectDownload(
        Endpoint endpoint, int connections, Func<Digest, long, Memory<byte>, CancellationToken, Task<bool>> readCached, ILogger logger)
    {
        _locations = new Locations(endpoint, endpoint.Time, logger);
        _chunks = new ChunkDownload(endpoint.Deadline, endpoint.Time);
        _hosts = new ObjectHosts(endpoint.Time, logger);
        _connections = new SemaphoreSlim(connections);
        _degree = connections;
        _readCached = readCached;
        _logger = logger;
    }

    /// <summary>Asks where many contents lie at once, so that reading them one by one need not.</summary>
    public Task PrepareAsync(IReadOnlyCollection<Digest> contents, CancellationToken cancellationToken) =>
        _locations.PrepareAsync(contents, cancellationToken);

    /// <summary>Fills <paramref name="destination"/> with a range of a content.</summary>
    /// <param name="content">Which.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="destination">To be filled; all of the content when it <paramref name="isWhole"/>.</param>
    /// <param name="isWhole">Whether the destination is taken for the whole content.</param>
    /// <param name="readThrough">Fills memory from an offset of the content on, through the service.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when nothing was done: the store offers no addresses, or the range is not one of the content.</returns>
    public async Task<bool> TryReadAsync(
        Digest content,
        long offset,
        Memory<byte> destination,
        bool isWhole,
        Func<long, Memory<byte>, CancellationToken, Task> readThrough,
        CancellationToken cancellationToken)
    {
        var location = await _locations.FindAsync(content, cancellationToken);
        if (location is null
            || offset < 0
            || destination.Length > location.Size - offset
            || (isWhole && destination.Length != location.Size)
            || (location.Chunks is [var any, ..] && !_hosts.IsUsable(any.Address)))
        {
            return false;
        }

        var first = (int)(offset / ContentCodec.MaxChunkSize);
        var end = (int)((offset + destination.Length + ContentCodec.MaxChunkSize - 1) / ContentCodec.MaxChunkSize);
        var options = new ParallelOptions { MaxDegreeOfParallelism = _degree, CancellationToken = cancellationToken };
        await Parallel.ForAsync(first, end, options, async (i, token) =>
        {
            // The part of this chunk that is wanted.
            var chunk = (long)i * ContentCodec.MaxChunkSize;
            var from = Math.Max(chunk, offset);
            var to = Math.Min(chunk + ContentCodec.MaxChunkSize, offset + destination.Length);
            var part = destination[(int)(from - offset)..(int)(to - offset)];
            if (!await TryReadChunkAsync(content, i, (int)(from - chunk), part, token))
            {
                await readThrough(from, part, token);
            }
        });
        return true;
    }

    public void Dispose()
    {
        _chunks.Dispose();
        _connections.Dispose();
    }

    private async Task<bool> TryReadChunkAsync(
        Digest content, int position, int skip, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await _connections.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; attempt <= Attempts; attempt++)
            {
                if (await _locations.FindAsync(content, cancellationToken) is not { } location)
                {
                    return false;
                }

                var (outcome, reason, address) = await ReadChunkAsync(location, position, skip, destination, cancellationToken);
                if (outcome == ChunkOutcome.Good)
                {
                    return true;
                }

                if (!IsWorthAnother(outcome, attempt, content, address, reason))
                {
                    return false;
                }
            }

            return false;
        }
        finally
        {
            _connections.Release();
        }
    }

    private bool IsWorthAnother(ChunkOutcome outcome, int attempt, Digest content, Uri address, string reason)
    {
        switch (outcome)
        {
            case ChunkOutcome.Unreachable:
            case ChunkOutcome.Refused when attempt == Attempts:
                _hosts.Leave(address, reason);
                return false;
            case ChunkOutcome.Refused or ChunkOutcome.Missing when attempt < Attempts:
                // Addresses expire, and what was written again lies elsewhere.
                _locations.Forget(content);
                return true;
            case ChunkOutcome.Damaged when attempt < Attempts:
                return true;
            default:
                LogFailed(_logger, content, address.GetLeftPart(UriPartial.Path), outcome);
                return false;
        }
    }

    private async Task<(ChunkOutcome Outcome, string Reason, Uri Address)> ReadChunkAsync(
        ContentLocation location, int position, int skip, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var chunk = location.Chunks[position];
        if (!_hosts.IsUsable(chunk.Address))
        {
            return (ChunkOutcome.Unreachable, "", chunk.Address);
        }

        var encoded = ArrayPool<byte>.Shared.Rent(chunk.StoredSize);
        var against = location.Parent is null ? [] : ArrayPool<byte>.Shared.Rent(chunk.Size);
        try
        {
            var parent = against.AsMemory(0, location.Parent is null ? 0 : chunk.Size);
            var reading = location.Parent is null
                ? Task.FromResult((ChunkOutcome.Good, "", chunk.Address))
                : ReadParentAsync(location, position, parent, cancellationToken);
            var (outcome, reason) = await FetchAsync(chunk, encoded.AsMemory(0, chunk.StoredSize), reading, cancellationToken);
            var above = await reading;
            if (outcome != ChunkOutcome.Good || above.Item1 != ChunkOutcome.Good)
            {
                return outcome != ChunkOutcome.Good ? (outcome, reason, chunk.Address) : above;
            }

            return TryDecode(encoded.AsSpan(0, chunk.StoredSize), parent.Span, chunk.Size, skip, destination.Span)
                ? (ChunkOutcome.Good, "", chunk.Address)
                : (ChunkOutcome.Damaged, "", chunk.Address);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
            ArrayPool<byte>.Shared.Return(against);
        }
    }

    // Whatever happens to the chunk, its parent is no longer being read into shared memory when this returns.
    private async Task<(ChunkOutcome Outcome, string Reason)> FetchAsync(
        ChunkLocation chunk, Memory<byte> encoded, Task parent, CancellationToken cancellationToken)
    {
        try
        {
            return await _chunks.FetchAsync(chunk, encoded, cancellationToken);
        }
        finally
        {
            await Task.WhenAny(parent);
        }
    }

    private async Task<(ChunkOutcome Outcome, string Reason, Uri Address)> ReadParentAsync(
        ContentLocation location, int position, Memory<byte> raw, CancellationToken cancellationToken)
    {
        var (content, chunks) = location.Parent!.Value;
        var chunk = chunks[position];
        if (await _readCached(content, (long)position * ContentCodec.MaxChunkSize, raw, cancellationToken))
        {
            return (ChunkOutcome.Good, "", chunk.Address);
        }

        var encoded = ArrayPool<byte>.Shared.Rent(chunk.StoredSize);
        try
        {
            var (outcome, reason) = await _chunks.FetchAsync(chunk, encoded.AsMemory(0, chunk.StoredSize), cancellationToken);
            return outcome == ChunkOutcome.Good && !TryDecode(encoded.AsSpan(0, chunk.StoredSize), [], chunk.Size, 0, raw.Span)
                ? (ChunkOutcome.Damaged, "", chunk.Address)
                : (outcome, reason, chunk.Address);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    // Straight into the destination when that wants the whole chunk.
    private static bool TryDecode(ReadOnlySpan<byte> encoded, ReadOnlySpan<byte> parent, int size, int skip, Span<byte> destination)
    {
        var isWhole = destination.Length == size;
        var buffer = isWhole ? [] : ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var raw = isWhole ? destination : buffer.AsSpan(0, size);
            ContentCodec.Decode(encoded, parent, raw);
            if (!isWhole)
            {
                raw.Slice(skip, destination.Length).CopyTo(destination);
            }

            return true;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // Bytes with the right digest that do not decode: of a store newer than this client, perhaps.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    [LoggerMessage(612, LogLevel.Warning, "A chunk of the content {Content} cannot be read directly from {Address} ({Outcome}); it is read through the store.")]
    private static partial void LogFailed(ILogger logger, Digest content, string address, ChunkOutcome outcome);
}
