using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Rpc;

public sealed class ManifestCodecTests
{
    private static readonly Manifest _checkpoint = new(ArtifactKind.Checkpoint)
    {
        Tensors =
        [
            new("a.weight", DType.BF16, [2, 300], Digest.Of("a"u8)),
            new("b", DType.F32, [], Digest.Of("b"u8)),
            new("b.1", DType.I64, [0], Digest.Of("c"u8)),
        ],
        Files = [new("Zeta.json", 12, Digest.Of("d"u8)), new("config.json", 345, Digest.Of("e"u8)), new("empty", 0, Digest.Of([]))],
    };

    private static readonly Manifest _vector = new(ArtifactKind.DiffVector)
    {
        DiffVector = new(Digest.Of("ft"u8), Digest.Of("pt"u8), [new("a.weight", 0.5, 1e3), new("b", 0, 0)]),
    };

    /// <summary>The digests name everything in every store: if this fails, the encoding has changed, and stores of before are lost.</summary>
    [Fact]
    public void The_bytes_never_change()
    {
        Assert.Equal("5ca045ef41ee37a51e4beafbd37976bc6d7ab925805d4e521609f27ffcfd0174", ManifestCodec.DigestOf(_checkpoint).ToString());
        Assert.Equal("a1e5ceb8f87a57338805690815e478e04d998066d8f771d0d3f02613dc145ba6", ManifestCodec.DigestOf(_vector).ToString());
        Assert.Equal([0x08, 0x03], ManifestCodec.Encode(new Manifest(ArtifactKind.Dataset)));
    }

    [Fact]
    public void The_order_of_entries_does_not_matter()
    {
        var reversed = _checkpoint with { Tensors = [.. _checkpoint.Tensors.Reverse()], Files = [.. _checkpoint.Files.Reverse()] };
        var reversedVector = _vector with { DiffVector = _vector.DiffVector! with { Norms = [.. _vector.DiffVector.Norms.Reverse()] } };

        Assert.Equal(ManifestCodec.Encode(_checkpoint), ManifestCodec.Encode(reversed));
        Assert.Equal(ManifestCodec.Encode(_vector), ManifestCodec.Encode(reversedVector));
        Assert.Equal(["a.weight", "b", "b.1"], ManifestCodec.Decode(ManifestCodec.Encode(reversed)).Tensors.Select(tensor => tensor.Name));
    }

    [Fact]
    public void What_was_encoded_is_decoded()
    {
        foreach (var manifest in new[] { _checkpoint, _vector })
        {
            Assert.Equivalent(manifest, ManifestCodec.Decode(ManifestCodec.Encode(manifest)), strict: true);
        }

        Assert.Equal((2 * 600) + 4 + 0 + 12 + 345, _checkpoint.LogicalSize);
        Assert.Equal(345, _checkpoint.File("config.json")?.Size);
        Assert.Null(_checkpoint.File("Config.json"));
        Assert.Equal(6, _checkpoint.Contents.Count());
    }

    [Fact]
    public void Any_manifest_keeps_its_digest_through_its_bytes()
    {
        var digest = Gen.Byte.Array[32].Select(hash => Digest.FromHash(hash));
        var name = Gen.String[Gen.Char['a', '\u017f'], 1, 20];
        var tensors = Gen.Select(name, Gen.Enum<DType>(), Gen.Long[0, 5000].Array[0, 4], digest, (n, d, s, h) => new TensorEntry(n, d, s, h));
        var files = Gen.Select(name, Gen.Long[0, long.MaxValue], digest, (n, s, h) => new FileEntry(n, s, h));
        var norms = Gen.Select(name, Gen.Double, Gen.Double, (n, v, b) => new TensorNorm(n, v, b));
        var vector = Gen.Select(digest, digest, norms.Array[0, 5], (f, p, n) => new DiffVector(f, p, n));
        var anyVector = Gen.OneOf(Gen.Const((DiffVector?)null), vector.Select(v => (DiffVector?)v));
        Gen.Select(Gen.Enum<ArtifactKind>(), tensors.Array[0, 5], files.Array[0, 5], anyVector)
            .Sample(
                (kind, tensorList, fileList, diffVector) =>
                {
                    var manifest = new Manifest(kind) { Tensors = tensorList, Files = fileList, DiffVector = diffVector };

                    var decoded = ManifestCodec.Decode(ManifestCodec.Encode(manifest));

                    Assert.Equal(ManifestCodec.DigestOf(manifest), ManifestCodec.DigestOf(decoded));
                    Assert.Equal(
                        tensorList.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).Select(tensor => (tensor.Name, tensor.Size)),
                        decoded.Tensors.Select(tensor => (tensor.Name, tensor.Size)));
                    Assert.Equal(fileList.OrderBy(file => file.Path, StringComparer.Ordinal), decoded.Files);
                },
                iter: 200);
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("")]
    [InlineData("0863")]
    [InlineData("0801" + "1a03" + "0a0161")]
    [InlineData("0801" + "1203" + "0a0161")]
    public void Bytes_that_are_no_manifest_are_corrupt(string hex)
    {
        var fault = Assert.Throws<FaultException>(() => ManifestCodec.Decode(Convert.FromHexString(hex)));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
    }

    [Fact]
    public void A_message_that_is_no_manifest_is_invalid_with_its_field()
    {
        var proto = ManifestCodec.ToProto(_checkpoint);
        proto.Tensors[1].Dtype = V1.DType.Unspecified;

        var fault = Assert.Throws<FaultException>(() => ManifestCodec.FromProto(proto));

        Assert.Equal((FaultKind.Invalid, "artifact.tensors.dtype"), (fault.Kind, fault.Field));
    }

    [Fact]
    public void A_damaged_manifest_is_read_or_corrupt()
    {
        var bytes = ManifestCodec.Encode(_checkpoint);
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte).List[1, 4].Sample(
            damages =>
            {
                byte[] damaged = [.. bytes];
                foreach (var (where, value) in damages)
                {
                    damaged[where] = value;
                }

                var exception = Record.Exception(() => ManifestCodec.Decode(damaged));

                Assert.True(exception is null or FaultException { Kind: FaultKind.Corrupt }, exception?.ToString());
            },
            iter: 2000);
    }
}
