using System.Numerics;

namespace Graft.Evaluator.Answers.Mathematics.Latex;

/// <summary>A fraction in lowest terms with a positive denominator.</summary>
internal readonly record struct Rational
{
    // A power beyond this many bits is no answer to anything, and would only take time.
    private const int MostBits = 1 << 14;

    private Rational(BigInteger numerator, BigInteger denominator) => (Numerator, Denominator) = (numerator, denominator);

    public BigInteger Numerator { get; }

    public BigInteger Denominator { get; }

    /// <returns>Null when the denominator is zero.</returns>
    public static Rational? Of(BigInteger numerator, BigInteger denominator)
    {
        if (denominator.IsZero)
        {
            return null;
        }

        var divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        return new Rational(numerator / divisor, denominator / divisor);
    }

    public static Rational? Add(Rational a, Rational b) => Of((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Rational? Multiply(Rational a, Rational b) => Of(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Rational? Divide(Rational a, Rational b) => Of(a.Numerator * b.Denominator, a.Denominator * b.Numerator);

    /// <returns>Null when the power is irrational, not defined, or huge.</returns>
    public static Rational? Power(Rational number, Rational exponent)
    {
        if (!exponent.Denominator.IsOne)
        {
            return exponent.Denominator <= 64 && Root(number, (int)exponent.Denominator) is { } root
                ? Power(root, new Rational(exponent.Numerator, 1))
                : null;
        }

        var size = BigInteger.Abs(exponent.Numerator);
        var bits = Math.Max(number.Numerator.GetBitLength(), number.Denominator.GetBitLength());
        if (size * bits > MostBits || (number.Numerator.IsZero && exponent.Numerator.Sign <= 0))
        {
            return null;
        }

        var (above, below) = (BigInteger.Pow(number.Numerator, (int)size), BigInteger.Pow(number.Denominator, (int)size));
        return exponent.Numerator.Sign < 0 ? Of(below, above) : Of(above, below);
    }

    /// <summary>The quotient, exact where numerator and denominator are exact in double precision.</summary>
    public double ToDouble()
    {
        var (above, below) = ((double)Numerator, (double)Denominator);
        return double.IsFinite(above) && double.IsFinite(below)
            ? above / below
            : Numerator.Sign * Math.Exp(BigInteger.Log(BigInteger.Abs(Numerator)) - BigInteger.Log(Denominator));
    }

    private static Rational? Root(Rational number, int degree) =>
        number.Numerator.Sign >= 0 && WholeRoot(number.Numerator, degree) is { } above && WholeRoot(number.Denominator, degree) is { } below
            ? Of(above, below)
            : null;

    /// <summary>The whole number whose power it is, by bisection; null when there is none.</summary>
    private static BigInteger? WholeRoot(BigInteger power, int degree)
    {
        var (low, high) = (BigInteger.Zero, BigInteger.One << (int)((power.GetBitLength() / degree) + 1));
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (BigInteger.Pow(middle, degree) < power)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return BigInteger.Pow(low, degree) == power ? low : null;
    }
}
