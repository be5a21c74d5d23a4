using Google.Protobuf;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client.Contents;

/// <summary>Writes contents; after a broken stream goes on where the store says it stopped.</summary>
internal sealed class ContentUpload(Endpoint endpoint)
{
    // At most 1 MiB a message (vector_store.proto).
    private const int MessageBytes = 1 << 20;

    private V1.VectorStoreService.VectorStoreServiceClient Service => new(endpoint.Invoker);

    /// <param name="digest">Of the bytes.</param>
    /// <param name="source">The whole content; holds two pieces of it at a time.</param>
    /// <param name="dtype">Element type; null for files.</param>
    /// <param name="parent">A similar content; null for none.</param>
    /// <param name="cancellationToken">Stops the writing; what has arrived stays for the next attempt.</param>
    public Task WriteAsync(Digest digest, ContentSource source, DType? dtype, Digest? parent, CancellationToken cancellationToken)
    {
        var header = new V1.WriteHeader
        {
            Sha256 = digest.ToString(),
            Size = source.Size,
            Dtype = dtype is { } known ? ManifestCodec.ToProto(known) : V1.DType.Unspecified,
            Parent = parent?.ToString() ?? "",
        };
        var isFirst = true;
        var startsOver = false;
        return endpoint.RetryAsync(
            async (patience, token) =>
            {
                if (!isFirst && await IsCompleteAsync(header, patience, token))
                {
                    return true;
                }

                isFirst = false;
                try
                {
                    await SendAsync(header.Clone(), source, token);
                }
                catch (FaultException fault) when (fault.Kind == FaultKind.Conflict && !startsOver)
                {
                    // Somebody else is writing the same content, or left a part of it that is wrong: once more, from what is there now.
                    startsOver = true;
                    throw new FaultException(FaultKind.Unavailable, fault.Message, fault);
                }

                return true;
            },
            cancellationToken);
    }

    // Moves the header on to what has arrived for good.
    private async Task<bool> IsCompleteAsync(V1.WriteHeader header, Patience patience, CancellationToken cancellationToken)
    {
        var state = await endpoint.CallOnceAsync(
            options => Service.QueryWriteAsync(new V1.QueryWriteRequest { Sha256 = header.Sha256 }, options), cancellationToken);
        if (state.Committed > header.Offset)
        {
            patience.Restore();
        }

        header.Offset = state.Committed;
        return state.Complete;
    }

    private async Task SendAsync(V1.WriteHeader header, ContentSource source, CancellationToken cancellationToken)
    {
        using var call = Service.WriteContent(endpoint.StreamOptions(cancellationToken));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writing = WriteAllAsync(call.RequestStream, header, source, end.Token);
        try
        {
            // The store may answer before it has read all, and a write that waits for room is not always woken then.
            await await Task.WhenAny(writing, call.ResponseAsync);
            await call.ResponseAsync;
        }
        catch (RpcException exception)
        {
            throw endpoint.Translate(exception, cancellationToken);
        }
        finally
        {
            // What it fails with after the answer says nothing more.
            await end.CancelAsync();
            await Task.WhenAny(writing);
        }
    }

    // Fails only when the source does.
    private async Task WriteAllAsync(
        IClientStreamWriter<V1.WriteContentRequest> stream, V1.WriteHeader header, ContentSource source, CancellationToken cancellationToken)
    {
        // Not from a pool: a write that was given up may go on reading its buffer.
        var (current, ahead) = source.NeedsBuffer ? (NewBuffer(source), NewBuffer(source)) : ([], []);
        var isTaken = await TryWriteAsync(stream, new V1.WriteContentRequest { Header = header }, cancellationToken);
        var reading = StartReading(source, header.Offset, ahead, cancellationToken);
        try
        {
            for (var offset = header.Offset; isTaken && offset < source.Size;)
            {
                var piece = await reading;
                offset += piece.Length;
                // While this piece is on its way, the next one is read or computed.
                (current, ahead) = (ahead, current);
                reading = StartReading(source, offset, ahead, cancellationToken);
                isTaken = await TryWritePieceAsync(stream, piece, cancellationToken);
            }

            if (isTaken)
            {
                await TryAsync(stream.CompleteAsync);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The answer has come, or the caller gave up, while a piece was being read.
        }
        finally
        {
            await Task.WhenAny(reading);
        }
    }

    private static byte[] NewBuffer(ContentSource source) =>
        GC.AllocateUninitializedArray<byte>((int)Math.Min(ContentSource.PieceBytes, source.Size));

    private static Task<ReadOnlyMemory<byte>> StartReading(
        ContentSource source, long offset, byte[] buffer, CancellationToken cancellationToken) => offset >= source.Size
        ? Task.FromResult(ReadOnlyMemory<byte>.Empty)
        : source.NeedsBuffer
            ? Task.Run(() => source.ReadAsync(offset, buffer, cancellationToken).AsTask(), cancellationToken)
            : source.ReadAsync(offset, buffer, cancellationToken).AsTask();

    private async Task<bool> TryWritePieceAsync(
        IClientStreamWriter<V1.WriteContentRequest> stream, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        var isTaken = true;
        for (; isTaken && piece.Length > 0; piece = piece[Math.Min(piece.Length, MessageBytes)..])
        {
            var chunk = UnsafeByteOperations.UnsafeWrap(piece[..Math.Min(piece.Length, MessageBytes)]);
            isTaken = await TryWriteAsync(stream, new V1.WriteContentRequest { Chunk = chunk }, cancellationToken);
        }

        return isTaken;
    }

    // When a connection dies just before a stream begins, the HTTP library opens the stream anew on another connection but leaves
    // its first write waiting on the old one for ever (.NET 10.0, gRPC 2.85).
    private async Task<bool> TryWriteAsync(
        IClientStreamWriter<V1.WriteContentRequest> stream, V1.WriteContentRequest message, CancellationToken cancellationToken)
    {
        try
        {
            return await TryAsync(() => stream.WriteAsync(message, cancellationToken).WaitAsync(endpoint.Deadline, endpoint.Time, cancellationToken));
        }
        catch (TimeoutException exception)
        {
            throw new FaultException(FaultKind.Unavailable, "The vector store takes no more bytes of an upload.", exception);
        }
    }

    private static async Task<bool> TryAsync(Func<Task> send)
    {
        try
        {
            await send();
            return true;
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The connection broke, the time is over, the caller gave up or the store has answered: the answer says which.
            return false;
        }
    }
}
