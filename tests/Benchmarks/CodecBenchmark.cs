using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using ZstdSharp;

namespace Graft.Tests.Benchmarks;

/// <summary>A chunk of 2 Mi bf16 weights N(0, 0.02) and updates of several sizes, one core. The peer is BitX: XOR, two byte streams, zstd level 3.</summary>
internal static class CodecBenchmark
{
    private const int Elements = 2 << 20;

    public static Task RunAsync()
    {
        foreach (var size in new[] { 2e-5, 2e-4, 2e-3 })
        {
            var (parent, child) = Pair(size);
            var encoded = ContentCodec.Encode(child, DType.BF16, parent);
            var decoded = new byte[child.Length];
            var peer = BitX(child, parent);
            var times = Measurement.Compare(
                1,
                () => ContentCodec.Encode(child, DType.BF16, parent),
                () => ContentCodec.Decode(encoded, parent, decoded),
                () => BitX(child, parent),
                () => child.CopyTo(decoded, 0));
            Measurement.Row($"update {size:G1}: bits per weight", $"{8.0 * encoded.Length / Elements:F2}", $"BitX {8.0 * peer / Elements:F2}");
            Measurement.Row($"update {size:G1}: encode (with its verification)", Speed(times[0]), $"BitX {Speed(times[2])}");
            Measurement.Row($"update {size:G1}: decode", Speed(times[1]), $"memory copy {Speed(times[3])}");
        }

        return Task.CompletedTask;
    }

    private static string Speed(TimeSpan time) => $"{Elements * 2 / time.TotalSeconds / 1e9:F2} GB/s";

    private static int BitX(byte[] child, byte[] parent)
    {
        var (low, high) = (new byte[Elements], new byte[Elements]);
        for (var i = 0; i < Elements; i++)
        {
            low[i] = (byte)(child[2 * i] ^ parent[2 * i]);
            high[i] = (byte)(child[(2 * i) + 1] ^ parent[(2 * i) + 1]);
        }

        using var compressor = new Compressor(3);
        return compressor.Wrap(low).Length + compressor.Wrap(high).Length;
    }

    private static (byte[] Parent, byte[] Child) Pair(double update)
    {
        var random = new Random(4);
        var (parent, child) = (new ushort[Elements], new ushort[Elements]);
        for (var i = 0; i < Elements; i++)
        {
            var value = Gaussian(random) * 0.02;
            parent[i] = Bits(value);
            child[i] = Bits(BitConverter.UInt32BitsToSingle((uint)parent[i] << 16) + (Gaussian(random) * update));
        }

        return (MemoryMarshal.AsBytes(parent.AsSpan()).ToArray(), MemoryMarshal.AsBytes(child.AsSpan()).ToArray());
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Nearest bf16, ties to even.</summary>
    private static ushort Bits(double value)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
