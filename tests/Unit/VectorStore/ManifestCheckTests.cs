using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Manifests;
using Xunit;

namespace Graft.Tests.Unit.VectorStore;

public sealed class ManifestCheckTests
{
    private static readonly Digest _digest = Digest.Of([]);

    [Fact]
    public void A_checkpoint_passes() => ManifestCheck.Check(new Manifest(ArtifactKind.Checkpoint)
    {
        Tensors = [Tensor("a", 2, 3), Tensor("b"), Tensor("empty", 0)],
        Files = [new("config.json", 3, _digest), new("deep/er/x.json", 0, _digest)],
    });

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("../x")]
    [InlineData("a/../x")]
    [InlineData("a//x")]
    [InlineData("a/")]
    [InlineData("./a")]
    [InlineData("a\\b")]
    [InlineData("C:x")]
    [InlineData("a\nb")]
    public void A_file_that_would_lie_elsewhere_is_refused(string path) =>
        Refused("artifact.files", new Manifest(ArtifactKind.Dataset) { Files = [new(path, 1, _digest)] });

    [Fact]
    public void A_negative_size_is_refused() =>
        Refused("artifact.files", new Manifest(ArtifactKind.Dataset) { Files = [new("a", -1, _digest)] });

    [Fact]
    public void Two_of_one_name_are_refused()
    {
        Refused("artifact.files", new Manifest(ArtifactKind.Dataset) { Files = [new("a", 1, _digest), new("a", 1, _digest)] });
        Refused("artifact.tensors", new Manifest(ArtifactKind.Checkpoint) { Tensors = [Tensor("a", 1), Tensor("a", 2)] });
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(-1L, -1L)]
    [InlineData(long.MaxValue, 2L)]
    [InlineData(long.MaxValue / 2)]
    public void An_impossible_shape_is_refused(params long[] shape) =>
        Refused("artifact.tensors.shape", new Manifest(ArtifactKind.Checkpoint) { Tensors = [Tensor("a", shape)] });

    [Fact]
    public void A_diff_vector_says_of_what_and_nothing_else_does()
    {
        var vector = new DiffVector(_digest, _digest, []);

        ManifestCheck.Check(new Manifest(ArtifactKind.DiffVector) { DiffVector = vector });
        Refused("artifact.diff_vector", new Manifest(ArtifactKind.DiffVector));
        Refused("artifact.diff_vector", new Manifest(ArtifactKind.Checkpoint) { DiffVector = vector });
    }

    private static TensorEntry Tensor(string name, params long[] shape) => new(name, DType.F32, shape, _digest);

    private static void Refused(string field, Manifest manifest)
    {
        var fault = Assert.Throws<FaultException>(() => ManifestCheck.Check(manifest));
        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
    }
}
