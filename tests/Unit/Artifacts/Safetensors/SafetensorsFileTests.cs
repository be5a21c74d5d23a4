using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Safetensors;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void A_missing_file_is_not_found()
    {
        var fault = Assert.Throws<FaultException>(() => SafetensorsFile.Open("/nowhere/model.safetensors"));

        Assert.Equal(FaultKind.NotFound, fault.Kind);
        Assert.Equal("There is no file /nowhere/model.safetensors.", fault.Message);
    }

    [Theory]
    [InlineData("", "The file has 0 bytes")]
    [InlineData("0a00000000000000" + "7b7d", "10 bytes long, but the file has only 10 bytes")]
    [InlineData("0200000000000000" + "7b7b", "not JSON")]
    public void A_malformed_file_is_refused_by_name(string hex, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("x.safetensors"), Convert.FromHexString(hex));

        var fault = Assert.Throws<FaultException>(() => SafetensorsFile.Open(folder.File("x.safetensors")));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.StartsWith($"{folder.File("x.safetensors")}: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_are_read_whole_and_in_parts_from_many_threads()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(WriteThree(folder));

        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, i =>
        {
            var tensor = file.Tensors[i % 3];
            var (whole, part) = (new byte[tensor.Size], new byte[2]);
            file.Read(tensor, whole);
            file.Read(tensor, 1, part);

            Assert.Equal(-1, whole.AsSpan().IndexOfAnyExcept((byte)tensor.Name[0]));
            Assert.Equal(whole[1..3], part);
        });
    }

    [Fact]
    public void Reads_beyond_a_tensor_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(WriteThree(folder));
        var tensor = file.Tensors[0];

        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(tensor, new byte[tensor.Size + 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(tensor, tensor.Size - 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(tensor, -1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(tensor, long.MaxValue, new byte[1]));
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_open_is_corrupt()
    {
        using var folder = new TemporaryFolder();
        using var file = SafetensorsFile.Open(WriteThree(folder));
        using (var shrunk = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            shrunk.SetLength(file.Tensors[^1].End - 1);
        }

        var fault = Assert.Throws<FaultException>(() => file.Read(file.Tensors[^1], new byte[file.Tensors[^1].Size]));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
    }

    private static string WriteThree(TemporaryFolder folder)
    {
        var path = folder.File("three.safetensors");
        var entries = new[] { "a", "b", "c" }.Select(name => new TensorEntry(name, DType.U8, [50_000], Digest.Of([])));
        using var writer = SafetensorsWriter.Create(path, entries, SafetensorsWriter.PyTorchMetadata);
        foreach (var tensor in writer.Tensors)
        {
            writer.Write(tensor, [.. Enumerable.Repeat((byte)tensor.Name[0], 50_000)]);
        }

        writer.Complete();
        return path;
    }
}
