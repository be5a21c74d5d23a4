using System.Security.Cryptography;
using Google.Protobuf;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Rpc;

/// <summary>The objects contents/ and uploads/ to and from their bytes.</summary>
internal static class StoredContentCodec
{
    // A field that is not known can only be one whose tag is damaged.
    private static readonly MessageParser<V1.StoredContent> _parser = V1.StoredContent.Parser.WithDiscardUnknownFields(true);

    public static byte[] Encode(StoredContent content)
    {
        var proto = ToProto(content);
        proto.Check = CheckOf(proto);
        return proto.ToByteArray();
    }

    /// <summary>As it travels: without the check of the object.</summary>
    public static V1.StoredContent ToProto(StoredContent content)
    {
        var proto = new V1.StoredContent
        {
            Size = content.Size,
            Dtype = content.DType is { } dtype ? ManifestCodec.ToProto(dtype) : V1.DType.Unspecified,
            Parent = content.Parent?.ToString() ?? "",
        };
        proto.Chunks.AddRange(content.Chunks.Select(chunk => new V1.StoredChunk
        {
            Sha256 = chunk.Blob.ToString(),
            Size = chunk.Size,
            StoredSize = chunk.StoredSize,
        }));
        return proto;
    }

    /// <param name="bytes">The object.</param>
    /// <param name="isWhole">Whether all chunks must be there, or only the first ones (an upload).</param>
    /// <param name="key">Key of the object, for the fault.</param>
    /// <exception cref="FaultException">Corrupt: not what <see cref="Encode"/> writes.</exception>
    public static StoredContent Decode(ReadOnlySpan<byte> bytes, bool isWhole, string key)
    {
        try
        {
            var proto = _parser.ParseFrom(bytes);
            var isExact = proto.CalculateSize() == bytes.Length;
            var check = proto.Check;
            proto.Check = ByteString.Empty;
            var content = new StoredContent(
                proto.Size,
                proto.Dtype == V1.DType.Unspecified ? null : ManifestCodec.FromProto(proto.Dtype, "dtype"),
                proto.Parent.Length > 0 ? Digest.Parse(proto.Parent) : null,
                [.. proto.Chunks.Select(chunk => new StoredChunk(Digest.Parse(chunk.Sha256), chunk.Size, chunk.StoredSize))]);
            // What was written before there was a check has none.
            if (IsSound(content, isWhole, key) && isExact && (check.IsEmpty || check == CheckOf(proto)))
            {
                return content;
            }
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or FaultException)
        {
            throw FaultException.Corrupt($"The object {key} of the store is damaged; write the content again to repair it.", exception);
        }

        throw FaultException.Corrupt($"The object {key} of the store is damaged; write the content again to repair it.");
    }

    private static ByteString CheckOf(V1.StoredContent proto) => UnsafeByteOperations.UnsafeWrap(SHA256.HashData(proto.ToByteArray()));

    // A file cut short by a power failure is, at zero bytes, a valid message: no content but the empty one has no chunks.
    private static bool IsSound(StoredContent content, bool isWhole, string key)
    {
        long expected = 0;
        foreach (var chunk in content.Chunks)
        {
            if (chunk.Size != Math.Min(ContentCodec.MaxChunkSize, content.Size - expected)
                || chunk.Size <= 0
                || chunk.StoredSize is < 0 or > IObjectStore.MaxObjectBytes)
            {
                return false;
            }

            expected += chunk.Size;
        }

        return !isWhole || (expected == content.Size && (content.Size > 0 || key.EndsWith(Digest.Of([]).ToString(), StringComparison.Ordinal)));
    }
}
