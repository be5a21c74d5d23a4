using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Tests.Services.Client;

/// <summary>A store of few contents that lie on an object server, in the chunks and codings of the real one.</summary>
internal sealed class LocatingStore(ObjectServer objects) : V1.VectorStoreService.VectorStoreServiceBase
{
    private readonly ConcurrentDictionary<string, (byte[] Bytes, V1.StoredContent Stored)> _contents = new();

    /// <summary>Contents asked for in each call, and ranges streamed.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Time from now at which addresses expire; null for never.</summary>
    public DateTimeOffset? Expires { get; set; }

    /// <summary>Whether addresses are offered; null for a store that does not know the call.</summary>
    public bool? Offers { get; set; } = true;

    public long Streamed => Calls.Where(call => call.StartsWith("read", StringComparison.Ordinal)).Sum(call => long.Parse(call.Split(' ')[3], null));

    public Digest Add(byte[] bytes, DType? dtype = null, Digest? parent = null)
    {
        var digest = Digest.Of(bytes);
        var above = parent is { } known ? _contents[known.ToString()].Bytes : [];
        var stored = new V1.StoredContent { Size = bytes.Length, Parent = parent?.ToString() ?? "" };
        for (var begin = 0; begin < bytes.Length; begin += ContentCodec.MaxChunkSize)
        {
            var size = Math.Min(ContentCodec.MaxChunkSize, bytes.Length - begin);
            var encoded = ContentCodec.Encode(bytes.AsSpan(begin, size), dtype, above.AsSpan(above.Length == 0 ? 0 : begin, above.Length == 0 ? 0 : size));
            var blob = Digest.Of(encoded).ToString();
            objects.Blobs[blob] = encoded;
            stored.Chunks.Add(new V1.StoredChunk { Sha256 = blob, Size = size, StoredSize = encoded.Length });
        }

        _contents[digest.ToString()] = (bytes, stored);
        return digest;
    }

    /// <summary>Where the encoded chunks of a content are kept.</summary>
    public IReadOnlyList<string> BlobsOf(Digest content) => [.. _contents[content.ToString()].Stored.Chunks.Select(chunk => chunk.Sha256)];

    public override async Task LocateContents(
        V1.LocateContentsRequest request, IServerStreamWriter<V1.LocateContentsResponse> responseStream, ServerCallContext context)
    {
        if (Offers is null)
        {
            await base.LocateContents(request, responseStream, context);
        }

        Calls.Enqueue($"locate {request.Sha256S.Count}");
        foreach (var digest in request.Sha256S)
        {
            var (_, stored) = Find(digest);
            var response = new V1.LocateContentsResponse { Sha256 = digest, Content = stored, Expires = Expires?.ToTimestamp() };
            response.Urls.AddRange(AddressesOf(stored));
            if (stored.Parent.Length > 0)
            {
                response.Parent = Find(stored.Parent).Stored;
                response.ParentUrls.AddRange(AddressesOf(response.Parent));
            }

            await responseStream.WriteAsync(response);
        }
    }

    public override async Task ReadContent(
        V1.ReadContentRequest request, IServerStreamWriter<V1.ReadContentResponse> responseStream, ServerCallContext context)
    {
        var (bytes, _) = Find(request.Sha256);
        var length = request.Length > 0 ? request.Length : bytes.Length - request.Offset;
        Calls.Enqueue($"read {request.Sha256} {request.Offset} {length}");
        for (var end = request.Offset + length; request.Offset < end; request.Offset += 1 << 20)
        {
            var chunk = bytes.AsSpan((int)request.Offset, (int)Math.Min(1 << 20, end - request.Offset));
            await responseStream.WriteAsync(new V1.ReadContentResponse { Chunk = ByteString.CopyFrom(chunk) });
        }
    }

    private IEnumerable<string> AddressesOf(V1.StoredContent stored) =>
        Offers == true ? stored.Chunks.Select(chunk => objects.AddressOf(chunk.Sha256)) : [];

    private (byte[] Bytes, V1.StoredContent Stored) Find(string digest) =>
        _contents.TryGetValue(digest, out var found) ? found : throw FaultException.NotFound($"The store has no content {digest}.");
}
