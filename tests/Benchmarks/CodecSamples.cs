using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;

namespace Graft.Tests.Benchmarks;

/// <summary>What the codec is measured on: fine-tunings from elsewhere, and made-up chunks of 4 MiB.</summary>
internal static class CodecSamples
{
    private const int Bytes = 4 << 20;

    /// <summary>Weights N(0, 0.02) and the same with N(0, update) added, rounded to the type.</summary>
    public static (byte[] Parent, byte[] Child) Pair(DType dtype, double update)
    {
        var random = new Random(4);
        var (parent, child) = (new byte[Bytes], new byte[Bytes]);
        for (var at = 0; at < Bytes; at += dtype.Size())
        {
            var weight = Round(dtype, 0.02 * Normal(random), parent.AsSpan(at));
            Round(dtype, weight + (update * Normal(random)), child.AsSpan(at));
        }

        return (parent, child);
    }

    /// <summary>bf16 weights kept as fp32.</summary>
    public static byte[] Widen(ReadOnlySpan<byte> weights)
    {
        var wide = new uint[weights.Length / 4];
        for (var i = 0; i < wide.Length; i++)
        {
            wide[i] = (uint)MemoryMarshal.Cast<byte, ushort>(weights)[i] << 16;
        }

        return MemoryMarshal.AsBytes(wide.AsSpan()).ToArray();
    }

    /// <summary>Tensors of the five pairs of the trajectory beside the repository, or none if it is not there.</summary>
    public static IEnumerable<(string Name, List<(byte[] Parent, byte[] Child)> Tensors)> Trajectory()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Services.sln")))
        {
            folder = folder.Parent;
        }

        var trajectory = Path.Combine(folder?.FullName ?? ".", "../shared/trajectory");
        for (var i = 1; i <= 5 && Directory.Exists(trajectory); i++)
        {
            var parents = Tensors(Path.Combine(trajectory, $"M{i}", "model.safetensors"));
            var children = Tensors(Path.Combine(trajectory, $"M{i}-FT", "model.safetensors"));
            yield return ($"M{i}", [.. parents.Zip(children)]);
        }
    }

    private static List<byte[]> Tensors(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return [.. file.Tensors.Select(tensor =>
        {
            var bytes = new byte[tensor.Size];
            file.Read(tensor, bytes);
            return bytes;
        })];
    }

    private static double Round(DType dtype, double value, Span<byte> target)
    {
        switch (dtype)
        {
            case DType.BF16:
                var bits = BitConverter.SingleToUInt32Bits((float)value);
                var nearest = (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
                BitConverter.TryWriteBytes(target, nearest);
                return BitConverter.UInt32BitsToSingle((uint)nearest << 16);
            case DType.F16:
                BitConverter.TryWriteBytes(target, (Half)value);
                return (double)(Half)value;
            default:
                BitConverter.TryWriteBytes(target, (float)value);
                return (float)value;
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
