using System.Runtime.Intrinsics;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>SwiGLU (Shazeer, 2020): a = silu(gate) * up with silu(g) = g * sigmoid(g).</summary>
internal static unsafe class GatedActivation
{
    /// <param name="gate">[rows, columns].</param>
    /// <param name="up">[rows, columns].</param>
    /// <param name="a">[rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    public static void Forward(Rows gate, Rows up, Rows a, int rows)
    {
        for (var row = 0; row < rows; row++)
        {
            Row(gate[row], up[row], a[row], a.Columns);
        }
    }

    /// <summary>dGate = da * up * s * (1 + gate * (1 - s)) and dUp = da * gate * s with s = sigmoid(gate), written over gate and up.</summary>
    /// <param name="gate">[rows, columns]: in, gate; out, its gradient.</param>
    /// <param name="up">[rows, columns]: in, up; out, its gradient.</param>
    /// <param name="da">[rows, columns].</param>
    /// <param name="rows">Number of rows.</param>
    public static void Backward(Rows gate, Rows up, Rows da, int rows)
    {
        var n = da.Columns;
        for (var row = 0; row < rows; row++)
        {
            float* g = gate[row], u = up[row], d = da[row];
            var i = 0;
            for (; i <= n - Lanes.Width; i += Lanes.Width)
            {
                var x = Vector512.Load(g + i);
                var s = Sigmoid(x);
                var gradient = Vector512.Load(d + i);
                (gradient * Vector512.Load(u + i) * s * (Vector512<float>.One + (x * (Vector512<float>.One - s)))).Store(g + i);
                (gradient * x * s).Store(u + i);
            }

            for (; i < n; i++)
            {
                var s = 1 / (1 + MathF.Exp(-g[i]));
                var slope = d[i] * u[i] * s * (1 + (g[i] * (1 - s)));
                u[i] = d[i] * g[i] * s;
                g[i] = slope;
            }
        }
    }

    private static void Row(float* gate, float* up, float* a, int n)
    {
        var i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var x = Vector512.Load(gate + i);
            (x * Sigmoid(x) * Vector512.Load(up + i)).Store(a + i);
        }

        for (; i < n; i++)
        {
            a[i] = gate[i] / (1 + MathF.Exp(-gate[i])) * up[i];
        }
    }

    private static Vector512<float> Sigmoid(Vector512<float> x) => Vector512<float>.One / (Vector512<float>.One + Lanes.Exp(-x));
}
