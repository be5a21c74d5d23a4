using Graft.Artifacts;

namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>Weights that are the same on every machine and in every release: no function but sums of integers.</summary>
internal static class GoldenWeights
{
    private const int Row = 100;

    /// <param name="dtype">F32, F16 or BF16.</param>
    /// <param name="elements">Weights, each about N(0, 2^-6).</param>
    /// <param name="zeroBits">Low bits of F32 that are zero in all of them.</param>
    /// <param name="rest">Bytes behind the last whole element.</param>
    /// <returns>
    /// A parent, and a child whose rows moved by different amounts: the first by about N(0, 2^-9), the next two by half as much each, the
    /// fourth not at all, and so on.
    /// </returns>
    public static (byte[] Parent, byte[] Child) Make(DType dtype, int elements, int zeroBits, int rest)
    {
        var random = new Sequence();
        var (parent, child) = (new byte[(elements * dtype.Size()) + rest], new byte[(elements * dtype.Size()) + rest]);
        for (var i = 0; i < elements; i++)
        {
            var weight = random.Normal() / (1 << 6);
            var update = random.Normal() / (1 << (9 + (i / Row % 4)));
            Write(dtype, weight, zeroBits, parent.AsSpan(i * dtype.Size()));
            Write(dtype, weight + (i / Row % 4 == 3 ? 0 : update), zeroBits, child.AsSpan(i * dtype.Size()));
        }

        child.AsSpan(child.Length - rest).Fill(0x5a);
        return (parent, child);
    }

    private static void Write(DType dtype, double value, int zeroBits, Span<byte> target)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        switch (dtype)
        {
            case DType.BF16: BitConverter.TryWriteBytes(target, (ushort)(bits >> 16)); break;
            case DType.F16: BitConverter.TryWriteBytes(target, (Half)value); break;
            default: BitConverter.TryWriteBytes(target, bits >> zeroBits << zeroBits); break;
        }
    }

    private sealed class Sequence
    {
        private ulong _state = 1;

        /// <summary>About N(0, 1), a multiple of 2^-48: twelve even numbers from 0 to 1 added up, less their mean.</summary>
        public double Normal()
        {
            var sum = -6L << 48;
            for (var i = 0; i < 12; i++)
            {
                _state = (_state * 6364136223846793005) + 1442695040888963407;
                sum += (long)(_state >> 16);
            }

            return sum / (double)(1L << 48);
        }
    }
}
