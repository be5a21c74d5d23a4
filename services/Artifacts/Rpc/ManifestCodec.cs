using Google.Protobuf;
using Graft.Faults;

namespace Graft.Artifacts.Rpc;

/// <summary>Manifests as deterministic protobuf bytes: fields in order of their numbers, tensors and files in ordinal order.</summary>
public static class ManifestCodec
{
    public static byte[] Encode(Manifest manifest) => ToProto(manifest).ToByteArray();

    /// <exception cref="FaultException">Corrupt: the bytes are no manifest.</exception>
    public static Manifest Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return FromProto(V1.Artifact.Parser.ParseFrom(bytes));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or FaultException)
        {
            throw FaultException.Corrupt("The bytes are no artifact manifest.", exception);
        }
    }

    public static Digest DigestOf(Manifest manifest) => Digest.Of(Encode(manifest));

    public static V1.Artifact ToProto(Manifest manifest)
    {
        var proto = new V1.Artifact { Kind = (V1.ArtifactKind)manifest.Kind };
        proto.Tensors.AddRange(manifest.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(ToProto));
        proto.Files.AddRange(manifest.Files.OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => new V1.File { Path = file.Path, Size = file.Size, Sha256 = file.Sha256.ToString() }));
        if (manifest.DiffVector is { } vector)
        {
            proto.DiffVector = new V1.DiffVector { FineTuned = vector.FineTuned.ToString(), Pretrained = vector.Pretrained.ToString() };
            proto.DiffVector.Norms.AddRange(vector.Norms.OrderBy(norm => norm.Name, StringComparer.Ordinal)
                .Select(norm => new V1.TensorNorm { Name = norm.Name, Vector = norm.Vector, Base = norm.Base }));
        }

        return proto;
    }

    /// <exception cref="FaultException">Invalid: a digest, kind or element type is malformed.</exception>
    public static Manifest FromProto(V1.Artifact proto)
    {
        if (!Enum.IsDefined((ArtifactKind)proto.Kind))
        {
            throw FaultException.Invalid($"The artifact kind {proto.Kind} is unknown.", "artifact.kind");
        }

        return new Manifest((ArtifactKind)proto.Kind)
        {
            Tensors = [.. proto.Tensors.Select(FromProto)],
            Files = [.. proto.Files.Select(file => new FileEntry(file.Path, file.Size, Digest.Parse(file.Sha256, "artifact.files")))],
            DiffVector = proto.DiffVector is { } vector
                ? new DiffVector(
                    Digest.Parse(vector.FineTuned, "artifact.diff_vector.fine_tuned"),
                    Digest.Parse(vector.Pretrained, "artifact.diff_vector.pretrained"),
                    [.. vector.Norms.Select(norm => new TensorNorm(norm.Name, norm.Vector, norm.Base))])
                : null,
        };
    }

    private static V1.Tensor ToProto(TensorEntry tensor)
    {
        var proto = new V1.Tensor { Name = tensor.Name, Dtype = ToProto(tensor.DType), Sha256 = tensor.Sha256.ToString() };
        proto.Shape.AddRange(tensor.Shape);
        return proto;
    }

    private static TensorEntry FromProto(V1.Tensor proto) =>
        new(proto.Name, FromProto(proto.Dtype, "artifact.tensors.dtype"), [.. proto.Shape], Digest.Parse(proto.Sha256, "artifact.tensors"));

    public static V1.DType ToProto(DType dtype) => (V1.DType)((int)dtype + 1);

    /// <exception cref="FaultException">Invalid: unspecified or unknown.</exception>
    public static DType FromProto(V1.DType proto, string field) => Enum.IsDefined((DType)((int)proto - 1))
        ? (DType)((int)proto - 1)
        : throw FaultException.Invalid($"The element type {proto} is not supported.", field);
}
