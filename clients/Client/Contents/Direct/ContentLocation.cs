using Google.Protobuf.Collections;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.Client.Contents.Direct;

/// <summary>One encoded chunk and where it lies.</summary>
/// <param name="Blob">SHA-256 of the encoded bytes.</param>
/// <param name="Size">Length decoded.</param>
/// <param name="StoredSize">Length encoded.</param>
/// <param name="Address">To GET it from, without further credentials.</param>
internal sealed record ChunkLocation(Digest Blob, int Size, int StoredSize, Uri Address);

/// <summary>Where the chunks of a content lie; see LocateContentsResponse in vector_store.proto.</summary>
/// <param name="Size">Length of the content in bytes.</param>
/// <param name="Chunks">In order; all but the last one hold <see cref="ContentCodec.MaxChunkSize"/> bytes.</param>
/// <param name="Parent">What the chunks are deltas against, and its chunks; null when they stand alone.</param>
/// <param name="Expires">When the addresses stop to work; null for never.</param>
internal sealed record ContentLocation(
    long Size, IReadOnlyList<ChunkLocation> Chunks, (Digest Content, IReadOnlyList<ChunkLocation> Chunks)? Parent, DateTimeOffset? Expires)
{
    /// <summary>Null when the store offers no addresses.</summary>
    /// <exception cref="FaultException">Invalid: the answer contradicts itself.</exception>
    public static ContentLocation? FromProto(V1.LocateContentsResponse response)
    {
        var content = response.Content ?? throw Malformed(response);
        if (response.Urls.Count == 0 && content.Chunks.Count > 0)
        {
            return null;
        }

        var chunks = ToChunks(response, content, response.Urls);
        var parent = response.Parent is { } whole && Digest.TryParse(content.Parent, out var digest)
            ? (digest, ToChunks(response, whole, response.ParentUrls))
            : ((Digest, IReadOnlyList<ChunkLocation>)?)null;
        return parent is null == (content.Parent.Length == 0)
            && (parent is not { } known || known.Item2.Select(chunk => chunk.Size).SequenceEqual(chunks.Select(chunk => chunk.Size)))
                ? new ContentLocation(content.Size, chunks, parent, response.Expires?.ToDateTimeOffset())
                : throw Malformed(response);
    }

    private static List<ChunkLocation> ToChunks(V1.LocateContentsResponse response, V1.StoredContent content, RepeatedField<string> urls)
    {
        List<ChunkLocation> chunks = new(urls.Count);
        var position = 0L;
        foreach (var (chunk, url) in content.Chunks.Zip(urls))
        {
            if (chunk.Size <= 0
                || chunk.Size != Math.Min(ContentCodec.MaxChunkSize, content.Size - position)
                || chunk.StoredSize is < 0 or > ContentCodec.MaxChunkSize + ContentCodec.MaxOverhead
                || !Uri.TryCreate(url, UriKind.Absolute, out var address)
                || address.Scheme is not ("http" or "https"))
            {
                throw Malformed(response);
            }

            chunks.Add(new ChunkLocation(Digest.Parse(chunk.Sha256), chunk.Size, chunk.StoredSize, address));
            position += chunk.Size;
        }

        return position == content.Size && content.Chunks.Count == urls.Count ? chunks : throw Malformed(response);
    }

    private static FaultException Malformed(V1.LocateContentsResponse response) =>
        FaultException.Invalid($"The store's answer where the content {response.Sha256} lies contradicts itself.");
}
