using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Artifacts.Delta;

namespace Graft.Tests.Benchmarks;

/// <summary>The codec on real fine-tunings and on made-up ones, its peers beside it, one core.</summary>
internal static class CodecBenchmark
{
    public static Task RunAsync()
    {
        Sizes();
        Pairs();
        Alone();
        return Task.CompletedTask;
    }

    /// <summary>Bits a weight, all bytes of all chunks as the store cuts them (no tensor here is longer than one).</summary>
    private static void Sizes()
    {
        Console.WriteLine("  bits per bf16 weight      Graft    BitX  int-diff  entropy  entropy | ratio to  |  alone:  Huffman");
        Console.WriteLine("  (../shared/trajectory)                    + zstd-3   pooled  /tensor | /tensor   |  Graft  (ZipNN)");
        var any = false;
        foreach (var (name, tensors) in CodecSamples.Trajectory())
        {
            any = true;
            var weights = tensors.Sum(tensor => tensor.Child.Length / 2L);
            double Bits(Func<byte[], byte[], long> size) => 8.0 * tensors.Sum(tensor => size(tensor.Child, tensor.Parent)) / weights;
            var ours = Bits((child, parent) => ContentCodec.Encode(child, DType.BF16, parent).Length);
            var bitX = Bits((child, parent) => CodecPeers.BitX(child, parent).Sum(stream => stream.Length));
            var difference = Bits((child, parent) => CodecPeers.DifferenceSize(child, parent));
            var alone = Bits((child, _) => ContentCodec.Encode(child, DType.BF16, []).Length);
            var huffman = Bits((child, _) => new ExponentHuffman().Encode(child).Sum(piece => piece.Length));
            var (pooled, each) = (Entropy(tensors) / weights, tensors.Sum(tensor => Entropy([tensor])) / weights);
            Console.WriteLine(
                $"  {name}                        {ours:F3}  {bitX,6:F3}  {difference,8:F3}  {pooled,7:F3}  {each,7:F3} | {ours / each,8:F3}  | {alone,6:F3} {huffman,8:F3}");
        }

        if (!any)
        {
            Console.WriteLine("  not there: the checkpoints are not part of the repository");
        }
    }

    /// <summary>Bits of the zigzagged integer differences at their frequencies given the parent's exponent; no table counted.</summary>
    private static double Entropy(List<(byte[] Parent, byte[] Child)> tensors)
    {
        var (joint, given) = (new Dictionary<(int, ushort), int>(), new Dictionary<int, int>());
        foreach (var (parentBytes, childBytes) in tensors)
        {
            var parent = MemoryMarshal.Cast<byte, ushort>(parentBytes);
            var child = MemoryMarshal.Cast<byte, ushort>(childBytes);
            var differences = new ushort[child.Length];
            CodecPeers.Differences(child, parent, differences);
            for (var i = 0; i < child.Length; i++)
            {
                var exponent = parent[i] >> 7 & 0xff;
                CollectionsMarshal.GetValueRefOrAddDefault(joint, (exponent, differences[i]), out _)++;
                CollectionsMarshal.GetValueRefOrAddDefault(given, exponent, out _)++;
            }
        }

        return joint.Sum(pair => -pair.Value * Math.Log2((double)pair.Value / given[pair.Key.Item1]));
    }

    private static void Pairs()
    {
        Console.WriteLine("  chunk of 4 MiB against its parent   bits  encode  + verified  decode | BitX bits  encode  decode | copy  (GB/s)");
        foreach (var update in new[] { 2e-5, 1e-4, 5e-4, 2e-3 })
        {
            var (parent, child) = CodecSamples.Pair(DType.BF16, update);
            PairRow($"bf16, update {update:0e-0}", DType.BF16, parent, child);
        }

        var (parent16, child16) = CodecSamples.Pair(DType.F16, 5e-4);
        PairRow("fp16, update 5e-4", DType.F16, parent16, child16);
        var (parent32, child32) = CodecSamples.Pair(DType.F32, 5e-4);
        PairRow("fp32, update 5e-4", DType.F32, parent32, child32);
        var (parentBrain, childBrain) = CodecSamples.Pair(DType.BF16, 5e-4);
        PairRow("fp32 from bf16, update 5e-4", DType.F32, CodecSamples.Widen(parentBrain), CodecSamples.Widen(childBrain));
        PairRow("bf16, equal", DType.BF16, parentBrain, parentBrain);
        foreach (var (name, tensors) in CodecSamples.Trajectory().Take(1))
        {
            var (largest, largestParent) = tensors.Select(tensor => (tensor.Child, tensor.Parent)).MaxBy(tensor => tensor.Child.Length);
            PairRow($"{name}, a tensor of {largest.Length >> 10} KiB", DType.BF16, largestParent, largest);
            var (small, smallParent) = tensors.Select(tensor => (tensor.Child, tensor.Parent)).First(tensor => tensor.Child.Length < 64 << 10 && tensor.Child.Length > 4096);
            PairRow($"{name}, a tensor of {small.Length >> 10} KiB", DType.BF16, smallParent, small);
        }
    }

    private static void PairRow(string name, DType dtype, byte[] parent, byte[] child)
    {
        var encoded = ContentCodec.Encode(child, dtype, parent);
        var (room, decoded) = (new byte[child.Length + ContentCodec.MaxOverhead], new byte[child.Length]);
        var isBrain = dtype == DType.BF16;
        var peer = isBrain ? CodecPeers.BitX(child, parent) : [];
        var times = Measurement.CompareOnOneCore(
            Math.Max(1, (4 << 20) / child.Length),
            () => ContentCodec.EncodeUnverified(child, dtype, parent, room),
            () => ContentCodec.Encode(child, dtype, parent, room),
            () => ContentCodec.Decode(encoded, parent, decoded),
            () => child.CopyTo(decoded, 0),
            () => peer = isBrain ? CodecPeers.BitX(child, parent) : peer,
            () =>
            {
                if (isBrain)
                {
                    CodecPeers.UndoBitX(peer, parent, decoded);
                }
            });
        Check(child, decoded, isBrain);
        var speeds = times.Select(time => child.Length / time.TotalSeconds / 1e9).ToArray();
        var elements = child.Length / dtype.Size();
        var other = isBrain ? $"{8.0 * peer.Sum(stream => stream.Length) / elements,9:F2} {speeds[4],7:F2} {speeds[5],7:F2}" : new string(' ', 25);
        Console.WriteLine(
            $"  {name,-33} {8.0 * encoded.Length / elements,6:F2} {speeds[0],7:F2} {speeds[1],11:F2} {speeds[2],7:F2} | {other} | {speeds[3],4:F0}");
    }

    private static void Alone()
    {
        Console.WriteLine("  chunk of 4 MiB alone                bits  encode  + verified  decode | Huffman b.  encode  decode  (GB/s)");
        foreach (var dtype in new[] { DType.BF16, DType.F16, DType.F32 })
        {
            var (chunk, _) = CodecSamples.Pair(dtype, 0);
            AloneRow($"{dtype}, N(0, 0.02)", dtype, chunk);
        }

        foreach (var (name, tensors) in CodecSamples.Trajectory().Take(1))
        {
            AloneRow($"BF16, {name}-FT, all tensors joined", DType.BF16, [.. tensors.SelectMany(tensor => tensor.Child)]);
        }
    }

    private static void AloneRow(string name, DType dtype, byte[] chunk)
    {
        var encoded = ContentCodec.Encode(chunk, dtype, []);
        var (room, decoded) = (new byte[chunk.Length + ContentCodec.MaxOverhead], new byte[chunk.Length]);
        var (huffman, isBrain) = (new ExponentHuffman(), dtype == DType.BF16);
        var pieces = isBrain ? huffman.Encode(chunk) : [];
        var times = Measurement.CompareOnOneCore(
            1,
            () => ContentCodec.EncodeUnverified(chunk, dtype, [], room),
            () => ContentCodec.Encode(chunk, dtype, [], room),
            () => ContentCodec.Decode(encoded, [], decoded),
            () => pieces = isBrain ? huffman.Encode(chunk) : pieces,
            () => huffman.Decode(pieces, decoded));
        Check(chunk, decoded, isBrain);
        var speeds = times.Select(time => chunk.Length / time.TotalSeconds / 1e9).ToArray();
        var elements = chunk.Length / dtype.Size();
        var other = isBrain ? $"{8.0 * pieces.Sum(piece => piece.Length) / elements,10:F2} {speeds[3],7:F2} {speeds[4],7:F2}" : "";
        Console.WriteLine($"  {name,-33} {8.0 * encoded.Length / elements,6:F2} {speeds[0],7:F2} {speeds[1],11:F2} {speeds[2],7:F2} | {other}");
    }

    private static void Check(byte[] expected, byte[] decoded, bool isDecodedByPeer)
    {
        if (isDecodedByPeer && !expected.AsSpan().SequenceEqual(decoded))
        {
            throw new InvalidOperationException("A peer of the codec does not give its chunk back.");
        }
    }
}
