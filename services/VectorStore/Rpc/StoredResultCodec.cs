using Google.Protobuf;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;

namespace Graft.VectorStore.Rpc;

/// <summary>The objects results/ to and from their bytes.</summary>
internal static class StoredResultCodec
{
    public static byte[] Encode(Recipe recipe, Digest artifact) =>
        new V1.StoredResult { Recipe = RecipeCodec.ToProto(recipe), Artifact = artifact.ToString() }.ToByteArray();

    /// <summary>The artifact; null when the bytes are not the result of that recipe.</summary>
    public static Digest? Decode(ReadOnlySpan<byte> bytes, Digest recipe)
    {
        try
        {
            var proto = V1.StoredResult.Parser.ParseFrom(bytes);
            return Digest.TryParse(proto.Artifact, out var artifact)
                && proto.Recipe is not null
                && Digest.Of(proto.Recipe.ToByteArray()) == recipe
                    ? artifact
                    : null;
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or FaultException)
        {
            return null;
        }
    }
}
