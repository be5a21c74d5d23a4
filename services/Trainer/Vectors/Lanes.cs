using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Trainer.Vectors;

/// <summary>Vector loops the kernels share. Vector512 runs as two halves where the processor has no 512-bit registers.</summary>
internal static unsafe class Lanes
{
    public const int Width = 16;

    private const float Log2E = 1.44269504f;

    // ln 2 in two parts, the first exact in few bits, so that x - n ln 2 loses nothing.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    /// <summary>exp(x) to about one unit in the last place, for x from -87 (below: 0 or nearly so) to 88: range reduction by ln 2 and the Taylor-like polynomial of Cephes' expf (Moshier).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        x = Vector512.Min(Vector512.Max(x, Vector512.Create(-87.3f)), Vector512.Create(88.3f));
        var n = Vector512.Round(x * Log2E);
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), x);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        var power = (Vector512.ConvertToInt32(n) + Vector512.Create(127)) << 23;
        return p * power.AsSingle();
    }

    /// <summary>Sum of a[i] * b[i].</summary>
    public static float Dot(float* a, float* b, int count)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= count - Width; i += Width)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(a + i), Vector512.Load(b + i), sum);
        }

        var total = Vector512.Sum(sum);
        for (; i < count; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }

    /// <summary>y[i] += scale * x[i].</summary>
    public static void AddScaled(float* y, float* x, float scale, int count)
    {
        var factor = Vector512.Create(scale);
        var i = 0;
        for (; i <= count - Width; i += Width)
        {
            Vector512.FusedMultiplyAdd(factor, Vector512.Load(x + i), Vector512.Load(y + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] += scale * x[i];
        }
    }

    /// <summary>y = or += sum over t of weights[t * stride] * x[t], a row of few columns kept in registers.</summary>
    public static void WeightedSum(float* weights, int stride, Rows x, int count, float* y, bool accumulate)
    {
        var i = 0;
        for (; i <= x.Columns - Width; i += Width)
        {
            Vector512<float> even = accumulate ? Vector512.Load(y + i) : Vector512<float>.Zero, odd = Vector512<float>.Zero;
            var t = 0;
            for (; t + 1 < count; t += 2)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(weights[t * stride]), Vector512.Load(x[t] + i), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.Create(weights[(t + 1) * stride]), Vector512.Load(x[t + 1] + i), odd);
            }

            if (t < count)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(weights[t * stride]), Vector512.Load(x[t] + i), even);
            }

            (even + odd).Store(y + i);
        }

        WeightedTail(weights, stride, x, count, y, i, accumulate);
    }

    /// <summary>The columns of <see cref="WeightedSum"/> from one on that fill no vector.</summary>
    public static void WeightedTail(float* weights, int stride, Rows x, int count, float* y, int from, bool accumulate)
    {
        for (var i = from; i < x.Columns; i++)
        {
            var sum = accumulate ? y[i] : 0;
            for (var t = 0; t < count; t++)
            {
                sum += weights[t * stride] * x[t][i];
            }

            y[i] = sum;
        }
    }
}
