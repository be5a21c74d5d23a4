using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Tests.Unit.Merger.Methods;
using Xunit;

namespace Graft.Tests.Unit.Merger;

/// <summary>The kernels against 20 merges made with PyTorch, byte for byte.</summary>
public sealed class TrajectoryTests
{
    [Fact]
    public void All_merges_of_the_reference_trajectory_are_reproduced()
    {
        var folder = SharedData.Require("trajectory");
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
        string[] names = ["M1", "M2", "M3", "M4", "M5"];
        var pretrained = names.ToDictionary(name => name, name => Tensors(Path.Combine(folder, name)));
        var fineTuned = names.ToDictionary(name => name, name => Tensors(Path.Combine(folder, $"{name}-FT")));

        foreach (var start in names)
        {
            foreach (var source in names.Where(name => name != start))
            {
                var merge = pretrained[start].ToDictionary(
                    tensor => tensor.Key,
                    tensor => Merge(tensor.Value, fineTuned[source][tensor.Key], pretrained[source][tensor.Key]));

                var key = $"{start}+vec({source}-FT - {source})";
                Assert.Equal((key, expected.RootElement.GetProperty("merges").GetProperty(key).GetProperty("sha256").GetString()), (key, HashOf(merge)));
            }
        }
    }

    private static byte[] Merge(byte[] start, byte[] fineTuned, byte[] pretrained)
    {
        static Merged.Operand Operand(byte[] bytes) => new(DType.BF16, bytes);
        return Merged.Run(
            new MergeMethod.Linear(), DType.BF16, Operand(start), [new Merged.Term(Operand(fineTuned), Operand(pretrained))]);
    }

    private static string HashOf(Dictionary<string, byte[]> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, bytes) in tensors.OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // Eight bytes of header length, the header in JSON, the tensors.
    private static Dictionary<string, byte[]> Tensors(string folder)
    {
        var file = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        var begin = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(8, begin - 8));
        return header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToDictionary(entry => entry.Name, entry =>
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            return file[(begin + offsets[0].GetInt32())..(begin + offsets[1].GetInt32())];
        });
    }
}
