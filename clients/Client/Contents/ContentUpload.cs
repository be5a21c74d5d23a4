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

    /// <param name="digest">Of <paramref name="bytes"/>.</param>
    /// <param name="bytes">The whole content.</param>
    /// <param name="dtype">Element type; null for files.</param>
    /// <param name="parent">A similar content; null for none.</param>
    /// <param name="cancellationToken">Stops the writing; what has arrived stays for the next attempt.</param>
    public Task WriteAsync(Digest digest, ReadOnlyMemory<byte> bytes, DType? dtype, Digest? parent, CancellationToken cancellationToken)
    {
        var header = new V1.WriteHeader
        {
            Sha256 = digest.ToString(),
            Size = bytes.Length,
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
                    await SendAsync(header.Clone(), bytes[(int)header.Offset..], token);
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

    private async Task SendAsync(V1.WriteHeader header, ReadOnlyMemory<byte> rest, CancellationToken cancellationToken)
    {
        using var call = Service.WriteContent(endpoint.StreamOptions(cancellationToken));
        try
        {
            await WriteAllAsync(call, header, rest, cancellationToken);
            await call.ResponseAsync;
        }
        catch (RpcException exception)
        {
            throw endpoint.Translate(exception, cancellationToken);
        }
    }

    private static async Task WriteAllAsync(
        AsyncClientStreamingCall<V1.WriteContentRequest, V1.WriteContentResponse> call,
        V1.WriteHeader header,
        ReadOnlyMemory<byte> rest,
        CancellationToken cancellationToken)
    {
        try
        {
            await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Header = header }, cancellationToken);
            for (; rest.Length > 0; rest = rest[Math.Min(rest.Length, MessageBytes)..])
            {
                var chunk = UnsafeByteOperations.UnsafeWrap(rest[..Math.Min(rest.Length, MessageBytes)]);
                await call.RequestStream.WriteAsync(new V1.WriteContentRequest { Chunk = chunk }, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception exception) when (
            exception is RpcException or InvalidOperationException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The connection broke, the time is over, or the store answered before it had read all (it has the content, or refuses
            // it): the answer says which.
            await call.ResponseAsync;
        }
    }
}
