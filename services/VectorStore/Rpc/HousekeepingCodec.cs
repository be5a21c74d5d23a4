using Google.Protobuf.WellKnownTypes;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Lineage;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Verifying;

namespace Graft.VectorStore.Rpc;

/// <summary>What housekeeping finds, as messages.</summary>
internal static class HousekeepingCodec
{
    public static V1.ArtifactSummary ToProto(ArtifactSummary summary)
    {
        var proto = new V1.ArtifactSummary
        {
            Digest = summary.Digest.ToString(),
            Kind = ToProto(summary.Kind),
            LogicalSize = summary.LogicalSize,
            StoredSize = summary.StoredSize,
            OwnSize = summary.OwnSize,
        };
        proto.Names.AddRange(summary.Names);
        return proto;
    }

    public static V1.LineageNode ToProto(LineageNode node)
    {
        var proto = new V1.LineageNode { Artifact = node.Artifact.ToString(), Kind = ToProto(node.Kind) };
        proto.Names.AddRange(node.Names);
        proto.Recipes.AddRange(node.Recipes.Select(RecipeCodec.ToProto));
        proto.Inputs.AddRange(node.Inputs.Select(input => input.ToString()));
        return proto;
    }

    public static V1.VerifyResponse ToProto(VerificationProgress progress)
    {
        var proto = new V1.VerifyResponse
        {
            Artifacts = progress.Artifacts,
            TotalArtifacts = progress.TotalArtifacts,
            Bytes = progress.Bytes,
            TotalBytes = progress.TotalBytes,
        };
        proto.Damages.AddRange(progress.Damages.Select(ToProto));
        return proto;
    }

    public static V1.LocateContentsResponse ToProto(Digest digest, ContentLocation location)
    {
        var proto = new V1.LocateContentsResponse { Sha256 = digest.ToString(), Content = StoredContentCodec.ToProto(location.Content) };
        proto.Urls.AddRange(location.Addresses.Select(address => address.AbsoluteUri));
        if (location.Parent is { } parent)
        {
            proto.Parent = StoredContentCodec.ToProto(parent);
            proto.ParentUrls.AddRange(location.ParentAddresses.Select(address => address.AbsoluteUri));
        }

        if (location.Addresses.Count > 0)
        {
            proto.Expires = location.Expires.ToTimestamp();
        }

        return proto;
    }

    private static V1.Damage ToProto(Damage damage)
    {
        var proto = new V1.Damage { Object = damage.Object, Message = damage.Message };
        proto.Artifacts.AddRange(damage.Artifacts.Select(artifact => artifact.ToString()));
        return proto;
    }

    private static V1.ArtifactKind ToProto(ArtifactKind? kind) => (V1.ArtifactKind)(kind ?? 0);
}
