using System.Numerics;

namespace Graft.Tests.Unit.Merger.Arithmetic;

/// <summary>
/// Rounding from its definition, with whole numbers only: the value of a double as mantissa * 2^exponent, cut to what the format holds,
/// the rest compared with one half. Shares nothing with the code it checks.
/// </summary>
internal static class ExactSum
{
    /// <summary>Bits of the number nearest to a finite double in a format of sign, exponent and mantissa bits, ties to even.</summary>
    public static ulong Round(double value, int exponentBits, int mantissaBits)
    {
        var (mantissa, exponent) = Decompose(value);
        var bias = (1 << (exponentBits - 1)) - 1;
        var sign = double.IsNegative(value) ? 1ul << (exponentBits + mantissaBits) : 0;
        if (mantissa.IsZero)
        {
            return sign;
        }

        // The last place of the result: of a normal number it follows the leading bit, of a subnormal one it is fixed.
        var leading = exponent + (int)mantissa.GetBitLength() - 1;
        var place = Math.Max(leading, 1 - bias) - mantissaBits;
        var units = RoundToMultiple(mantissa, place - exponent);

        // Rounding up may have carried into the next power of two; counting units from zero, the encoding takes that in its stride.
        var bits = (ulong)units + ((ulong)(place + mantissaBits + bias - 1) << mantissaBits);
        var infinity = ((1ul << exponentBits) - 1) << mantissaBits;
        return sign | Math.Min(bits, infinity);
    }

    /// <summary>mantissa / 2^shift to the nearest whole number, ties to even.</summary>
    private static BigInteger RoundToMultiple(BigInteger mantissa, int shift)
    {
        if (shift <= 0)
        {
            return mantissa << -shift;
        }

        var whole = BigInteger.DivRem(mantissa, BigInteger.One << shift, out var rest);
        var half = BigInteger.One << (shift - 1);
        return rest > half || (rest == half && !whole.IsEven) ? whole + 1 : whole;
    }

    private static (BigInteger Mantissa, int Exponent) Decompose(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var fraction = bits & 0xF_FFFF_FFFF_FFFF;
        return exponent == 0 ? (fraction, -1074) : (fraction | (1ul << 52), exponent - 1075);
    }
}
