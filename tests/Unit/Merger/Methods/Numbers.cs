using System.Buffers.Binary;
using Graft.Artifacts;
using Graft.Tests.Unit.Merger.Arithmetic;

namespace Graft.Tests.Unit.Merger.Methods;

/// <summary>Elements and their values, one at a time, by the runtime and by <see cref="ExactSum"/>: nothing of the code under test.</summary>
internal static class Numbers
{
    public static double[] Values(DType dtype, byte[] bytes) =>
        [.. Enumerable.Range(0, bytes.Length / dtype.Size()).Select(i => Value(dtype, bytes, i))];

    public static double Value(DType dtype, byte[] bytes, int i) => dtype switch
    {
        DType.BF16 => BitConverter.UInt32BitsToSingle((uint)BitConverter.ToUInt16(bytes, 2 * i) << 16),
        DType.F16 => (double)BitConverter.ToHalf(bytes, 2 * i),
        DType.F32 => BitConverter.ToSingle(bytes, 4 * i),
        _ => BitConverter.ToDouble(bytes, 8 * i),
    };

    public static byte[] Bits(DType dtype, double value)
    {
        switch (dtype)
        {
            case DType.BF16:
                var bytes = new byte[2];
                var bits = double.IsNaN(value) ? 0x7FC0
                    : double.IsInfinity(value) ? (ulong)(value > 0 ? 0x7F80 : 0xFF80)
                    : ExactSum.Round(value, 8, 7);
                BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)bits);
                return bytes;
            case DType.F16:
                return BitConverter.GetBytes((Half)value);
            case DType.F32:
                return BitConverter.GetBytes((float)value);
            default:
                return BitConverter.GetBytes(value);
        }
    }

    public static byte[] AllBits(DType dtype, IEnumerable<double> values) => [.. values.SelectMany(value => Bits(dtype, value))];

    /// <summary>The value after rounding to an element type.</summary>
    public static double Rounded(DType dtype, double value) => Value(dtype, Bits(dtype, value), 0);
}
