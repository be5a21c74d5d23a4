using Graft.Artifacts;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client.Contents;

/// <summary>Reads contents through the service; after a broken stream goes on where it stopped.</summary>
internal sealed class ContentDownload(Endpoint endpoint)
{
    // A stream is decoded by one core of the store, so that big contents come in several: ranges of this length, four at a time.
    private const int RangeBytes = 32 << 20;
    private const int Streams = 4;

    private V1.VectorStoreService.VectorStoreServiceClient Service => new(endpoint.Invoker);

    /// <summary>Fills <paramref name="destination"/>, taken for all of the content; the bytes are to be checked by the caller.</summary>
    /// <exception cref="FaultException">NotFound; Corrupt: damaged in the store, or of another length.</exception>
    public Task ReadWholeAsync(Digest content, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.Length <= RangeBytes)
        {
            return ReadAsync(content, 0, destination, isWhole: true, cancellationToken);
        }

        var ranges = (destination.Length + RangeBytes - 1) / RangeBytes;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Streams, CancellationToken = cancellationToken };
        return Parallel.ForAsync(0, ranges, options, async (i, token) =>
        {
            var begin = i * RangeBytes;
            await ReadRangeAsync(content, begin, destination[begin..Math.Min(begin + RangeBytes, destination.Length)], token);
        });
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
