using Graft.Artifacts;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client.Contents;

/// <summary>Reads contents; after a broken stream goes on where it stopped.</summary>
internal sealed class ContentDownload(Endpoint endpoint)
{
    private V1.VectorStoreService.VectorStoreServiceClient Service => new(endpoint.Invoker);

    /// <summary>Fills <paramref name="destination"/>, all of the content, and checks it; damaged bytes are fetched once more.</summary>
    /// <exception cref="FaultException">Corrupt: the bytes do not match the digest, twice.</exception>
    public async Task ReadWholeAsync(Digest content, Memory<byte> destination, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await ReadAsync(content, 0, destination, isWhole: true, cancellationToken);
            if (Digest.Of(destination.Span) == content)
            {
                return;
            }
        }

        throw FaultException.Corrupt(
            $"The bytes received for the content {content} do not match its digest, twice; check the store and the network between.");
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on.</summary>
    public Task ReadRangeAsync(Digest content, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        destination.Length == 0 ? Task.CompletedTask : ReadAsync(content, offset, destination, isWhole: false, cancellationToken);

    private Task<bool> ReadAsync(Digest content, long offset, Memory<byte> destination, bool isWhole, CancellationToken cancellationToken)
    {
        var received = 0;
        return endpoint.RetryAsync(
            async (patience, token) =>
            {
                var request = new V1.ReadContentRequest { Sha256 = content.ToString(), Offset = offset + received };
                // "All that follows" lets the store check the whole content and tells when it is longer than it should be.
                request.Length = isWhole ? 0 : destination.Length - received;
                using var call = Service.ReadContent(request, endpoint.StreamOptions(token));
                try
                {
                    await foreach (var message in call.ResponseStream.ReadAllAsync(token))
                    {
                        var chunk = message.Chunk.Memory;
                        if (chunk.Length > destination.Length - received)
                        {
                            throw WrongLength(content, "more");
                        }

                        chunk.CopyTo(destination[received..]);
                        received += chunk.Length;
                        patience.Restore();
                    }
                }
                catch (RpcException exception)
                {
                    throw endpoint.Translate(exception, token);
                }

                return received == destination.Length ? true : throw WrongLength(content, "less");
            },
            cancellationToken);
    }

    private static FaultException WrongLength(Digest content, string than) =>
        FaultException.Corrupt($"The store sent {than} for the content {content} than it should have.");
}
