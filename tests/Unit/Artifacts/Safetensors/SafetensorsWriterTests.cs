using System.Buffers.Binary;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Fact]
    public void The_layout_is_widest_type_first_then_name_by_utf8_in_padded_compact_json()
    {
        using var folder = new TemporaryFolder();
        TensorEntry[] entries =
        [
            Entry("\U0001f600", DType.BF16), Entry("\uffee", DType.BF16), Entry("b", DType.BF16, 2), Entry("B", DType.BF16),
            Entry("a", DType.BOOL), Entry("a8", DType.I8), Entry("u8", DType.U8), Entry("i16", DType.I16), Entry("f16", DType.F16),
            Entry("i32", DType.I32), Entry("f32", DType.F32, 0), Entry("f64", DType.F64), Entry("i64", DType.I64, 1, 1),
        ];

        var metadata = new Dictionary<string, string> { ["z"] = "\"\\/\b\f\n\r\t\u0001\u001f\u007f<\u00e9", ["format"] = "pt" };

        var bytes = Write(folder, entries, metadata);

        var json = """
            {"__metadata__":{"z":"\"\\/\b\f\n\r\t\u0001\u001f
            """ + "\u007f<\u00e9" + """
            ","format":"pt"},"i64":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},"f64":{"dtype":"F64","shape":[],"data_offsets":[8,16]},
            "f32":{"dtype":"F32","shape":[0],"data_offsets":[16,16]},"i32":{"dtype":"I32","shape":[],"data_offsets":[16,20]},
            "B":{"dtype":"BF16","shape":[],"data_offsets":[20,22]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[22,26]},
            """.ReplaceLineEndings("") + "\"\uffee\"" + """
            :{"dtype":"BF16","shape":[],"data_offsets":[26,28]},
            """ + "\"\U0001f600\"" + """
            :{"dtype":"BF16","shape":[],"data_offsets":[28,30]},"f16":{"dtype":"F16","shape":[],"data_offsets":[30,32]},
            "i16":{"dtype":"I16","shape":[],"data_offsets":[32,34]},"a8":{"dtype":"I8","shape":[],"data_offsets":[34,35]},
            "u8":{"dtype":"U8","shape":[],"data_offsets":[35,36]},"a":{"dtype":"BOOL","shape":[],"data_offsets":[36,37]}}
            """.ReplaceLineEndings("");
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(json, Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal(0, length % 8);
        Assert.InRange(length - Encoding.UTF8.GetByteCount(json), 0, 7);
        Assert.Equal(8 + length + 37, bytes.Length);
    }

    [Fact]
    public void Without_tensors_and_metadata_it_is_an_empty_object()
    {
        using var folder = new TemporaryFolder();

        var bytes = Write(folder, [], new Dictionary<string, string>());

        Assert.Equal([8, 0, 0, 0, 0, 0, 0, 0, .. "{}      "u8], bytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_left_by_an_interrupted_writer_is_kept_where_it_is_right(bool isComplete)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("model.safetensors");
        TensorEntry[] entries = [.. "abc".Select(name => Entry($"{name}", DType.U8, 3) with { Sha256 = Digest.Of([(byte)name, 1, 2]) })];
        using (var first = SafetensorsWriter.Resume(path, entries, SafetensorsWriter.PyTorchMetadata))
        {
            Assert.All(first.Tensors, tensor => Assert.False(first.TryKeep(tensor, Digest.Of(new byte[3]))));
            first.Write(first.Tensors[0], [(byte)'a', 1, 2]);
            first.Write(first.Tensors[2], [(byte)'c', 1]);
            if (isComplete)
            {
                first.Write(first.Tensors[2], [9]);
                first.Write(first.Tensors[1], [(byte)'b', 1, 2]);
                first.Complete();
            }
        }

        using (var second = SafetensorsWriter.Resume(path, entries, SafetensorsWriter.PyTorchMetadata))
        {
            Assert.Equal([true, isComplete, false], second.Tensors.Zip(entries, (tensor, entry) => second.TryKeep(tensor, entry.Sha256)));
            foreach (var (tensor, entry) in second.Tensors.Zip(entries).Where(pair => pair.First.Name == "c" || (pair.First.Name == "b" && !isComplete)))
            {
                second.Write(tensor, [(byte)entry.Name[0], 1, 2]);
            }

            second.Complete();
        }

        Assert.Equal([path], Directory.EnumerateFiles(folder.Path));
        using var file = SafetensorsFile.Open(path);
        var bytes = new byte[3];
        file.Read(file.Tensors[2], bytes);
        Assert.Equal([(byte)'c', 1, 2], bytes);
    }

    [Theory]
    [InlineData("golden")]
    [InlineData("trajectory")]
    public void Files_of_the_reference_implementation_are_reproduced_byte_for_byte(string data)
    {
        using var folder = new TemporaryFolder();
        var sources = Directory.GetFiles(SharedData.Require(data), "*.safetensors", SearchOption.AllDirectories);

        Assert.NotEmpty(sources);
        foreach (var source in sources)
        {
            using var file = SafetensorsFile.Open(source);
            var path = folder.File("copy.safetensors");
            using (var writer = SafetensorsWriter.Create(path, file.Tensors.Reverse().Select(Entry), file.Metadata))
            {
                // In another order than that of the file, and the larger ones in two pieces.
                foreach (var tensor in file.Tensors.OrderBy(tensor => tensor.Size))
                {
                    var bytes = new byte[tensor.Size];
                    file.Read(tensor, bytes);
                    var target = writer.Tensors.Single(written => written.Name == tensor.Name);
                    writer.Write(target, bytes.AsSpan(0, bytes.Length / 2));
                    writer.Write(target, bytes.AsSpan(bytes.Length / 2));
                }

                writer.Complete();
            }

            Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(path)), source);
            if (Path.GetFileName(source) == "model.safetensors")
            {
                Assert.Equal(SafetensorsWriter.PyTorchMetadata, file.Metadata);
            }
        }
    }

    [Fact]
    public void Nothing_remains_of_a_file_that_was_not_completed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x"), "before");

        TensorEntry[] entries = [Entry("a", DType.F32, 4), Entry("b", DType.F32, 4)];
        using (var writer = SafetensorsWriter.Create(folder.File("x"), entries, SafetensorsWriter.PyTorchMetadata))
        {
            writer.Write(writer.Tensors[0], new byte[16]);
            writer.Write(writer.Tensors[1], new byte[15]);
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);

            var exception = Assert.Throws<InvalidOperationException>(writer.Complete);
            Assert.Equal("Tensor 'b' has 15 of 16 bytes.", exception.Message);
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(writer.Tensors[1], new byte[2]));
        }

        Assert.Equal([folder.File("x")], Directory.GetFiles(folder.Path));
        Assert.Equal("before", File.ReadAllText(folder.File("x")));
    }

    [Fact]
    public void A_completed_file_replaces_the_one_before()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("x"), "before");

        Write(folder, [Entry("a", DType.U8, 3)], SafetensorsWriter.PyTorchMetadata);

        using var file = SafetensorsFile.Open(folder.File("x"));
        Assert.Equal("a", Assert.Single(file.Tensors).Name);
        Assert.Equal([folder.File("x")], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a", "__metadata__")]
    public void Names_that_could_not_be_told_apart_are_refused(string first, string second)
    {
        using var folder = new TemporaryFolder();

        var fault = Assert.Throws<FaultException>(
            () => SafetensorsWriter.Create(folder.File("x"), [Entry(first, DType.U8), Entry(second, DType.U8)], SafetensorsWriter.PyTorchMetadata));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains($"'{second}'", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_a_fault()
    {
        using var folder = new TemporaryFolder();

        var fault = Assert.Throws<FaultException>(
            () => SafetensorsWriter.Create(folder.File("missing/x"), [Entry("a", DType.U8)], SafetensorsWriter.PyTorchMetadata));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.StartsWith($"{folder.File("missing/x")} cannot be written: ", fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Write(TemporaryFolder folder, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        using var writer = SafetensorsWriter.Create(folder.File("x"), entries, metadata);
        foreach (var tensor in writer.Tensors)
        {
            writer.Write(tensor, new byte[tensor.Size]);
        }

        writer.Complete();
        return File.ReadAllBytes(folder.File("x"));
    }

    private static TensorEntry Entry(string name, DType dtype, params long[] shape) => new(name, dtype, shape, Digest.Of([]));

    private static TensorEntry Entry(SafetensorsTensor tensor) => new(tensor.Name, tensor.DType, tensor.Shape, Digest.Of([]));
}
