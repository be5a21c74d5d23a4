using System.Numerics;

namespace Graft.Evaluator.Answers.Mathematics.Latex;

/// <summary>
/// Whether two expressions have the same values at a few random points, the same ones each time. Different rational functions agree at a
/// random point with probability zero (Schwartz, 1980); the tolerance is what double precision leaves.
/// </summary>
internal static class RandomPoints
{
    private const int Points = 5;
    private const double Tolerance = 1e-9;

    public static bool Agree(Expression one, Expression other)
    {
        var random = new Random(1);
        for (var point = 0; point < Points; point++)
        {
            var values = new Dictionary<string, Complex>(StringComparer.Ordinal);
            Complex Value(string name) => values.TryGetValue(name, out var known) ? known : values[name] = new Complex(0.5 + random.NextDouble(), random.NextDouble());
            var (a, b) = (one.At(Value), other.At(Value));
            if (!Complex.IsFinite(a) || !Complex.IsFinite(b) || !(Complex.Abs(a - b) <= Tolerance * (1 + Complex.Abs(a) + Complex.Abs(b))))
            {
                return false;
            }
        }

        return true;
    }
}
