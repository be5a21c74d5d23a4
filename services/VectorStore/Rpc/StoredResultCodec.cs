using System.Security.Cryptography;
using Google.Protobuf;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Results;

namespace Graft.VectorStore.Rpc;

/// <summary>The objects results/ and origins/ to and from their bytes.</summary>
internal static class StoredResultCodec
{
    // A field that is not known can only be one whose tag is damaged.
    private static readonly MessageParser<V1.StoredResult> _parser = V1.StoredResult.Parser.WithDiscardUnknownFields(true);

    public static byte[] Encode(Recipe recipe, Digest artifact)
    {
        var proto = new V1.StoredResult { Recipe = RecipeCodec.ToProto(recipe), Artifact = artifact.ToString() };
        proto.Check = CheckOf(proto);
        return proto.ToByteArray();
    }

    /// <summary>What a recipe made; null when the bytes are not the result of that recipe.</summary>
    public static StoredResult? Decode(ReadOnlySpan<byte> bytes, Digest recipe)
    {
        try
        {
            var proto = _parser.ParseFrom(bytes);
            var isExact = proto.CalculateSize() == bytes.Length;
            var check = proto.Check;
            proto.Check = ByteString.Empty;
            // What was written before there was a check has none.
            return isExact
                && (check.IsEmpty || check == CheckOf(proto))
                && Digest.TryParse(proto.Artifact, out var artifact)
                && proto.Recipe is not null
                && Digest.Of(proto.Recipe.ToByteArray()) == recipe
                    ? new StoredResult(RecipeCodec.FromProto(proto.Recipe), artifact)
                    : null;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or FaultException)
        {
            return null;
        }
    }

    private static ByteString CheckOf(V1.StoredResult proto) => UnsafeByteOperations.UnsafeWrap(SHA256.HashData(proto.ToByteArray()));
}
