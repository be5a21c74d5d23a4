using System.Runtime.Intrinsics;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>
/// RMSNorm (Zhang and Sennrich, 2019): y = x * r * w with r = 1 / sqrt(mean(x^2) + epsilon), row by row. In each method one pass over
/// a row that stays in the first-level cache, where composed tensor operations make five passes forward and a dozen backward.
/// </summary>
internal static unsafe class RmsNorm
{
    /// <summary>y = norm(x), or y = residual + norm(x) where a residual is given.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="w">[columns].</param>
    /// <param name="y">[rows, columns]; may be the residual.</param>
    /// <param name="r">[rows]: kept for the backward pass.</param>
    /// <param name="residual">[rows, columns], or null.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="epsilon">Of the model's config.</param>
    public static void Forward(Rows x, float* w, Rows y, float* r, Rows? residual, int rows, double epsilon)
    {
        var n = x.Columns;
        for (var row = 0; row < rows; row++)
        {
            var from = x[row];
            var to = y[row];
            var scale = (float)(1 / Math.Sqrt((Lanes.Dot(from, from, n) / n) + epsilon));
            r[row] = scale;
            var add = residual is { } given ? given[row] : null;
            var i = 0;
            for (; i <= n - Lanes.Width; i += Lanes.Width)
            {
                var value = Vector512.Load(from + i) * scale * Vector512.Load(w + i);
                (add is null ? value : value + Vector512.Load(add + i)).Store(to + i);
            }

            for (; i < n; i++)
            {
                to[i] = (from[i] * scale * w[i]) + (add is null ? 0 : add[i]);
            }
        }
    }

    /// <summary>dx = r * (w dy) - x * r^3 / n * sum(w dy x); dw += dy x r.</summary>
    /// <param name="x">[rows, columns]: the input of the forward pass.</param>
    /// <param name="w">[columns].</param>
    /// <param name="r">[rows]: from the forward pass.</param>
    /// <param name="dy">[rows, columns].</param>
    /// <param name="dx">[rows, columns]; may be dy.</param>
    /// <param name="dw">[columns]: added to.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="accumulate">Add to dx instead of writing it.</param>
    public static void Backward(Rows x, float* w, float* r, Rows dy, Rows dx, float* dw, int rows, bool accumulate)
    {
        var n = x.Columns;
        for (var row = 0; row < rows; row++)
        {
            var input = x[row];
            var gradient = dy[row];
            var scale = r[row];
            var projection = Projection(input, gradient, w, dw, scale, n);
            Write(input, gradient, w, dx[row], scale, scale * scale * scale * projection / n, n, accumulate);
        }
    }

    /// <summary>Sum of w dy x over a row; adds the row's share to dw on the way.</summary>
    private static float Projection(float* x, float* dy, float* w, float* dw, float scale, int n)
    {
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var product = Vector512.Load(x + i) * Vector512.Load(dy + i);
            sum = Vector512.FusedMultiplyAdd(product, Vector512.Load(w + i), sum);
            Vector512.FusedMultiplyAdd(product, Vector512.Create(scale), Vector512.Load(dw + i)).Store(dw + i);
        }

        var total = Vector512.Sum(sum);
        for (; i < n; i++)
        {
            total += x[i] * dy[i] * w[i];
            dw[i] += x[i] * dy[i] * scale;
        }

        return total;
    }

    private static void Write(float* x, float* dy, float* w, float* dx, float scale, float along, int n, bool accumulate)
    {
        var i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var value = (Vector512.Load(dy + i) * Vector512.Load(w + i) * scale) - (Vector512.Load(x + i) * along);
            (accumulate ? value + Vector512.Load(dx + i) : value).Store(dx + i);
        }

        for (; i < n; i++)
        {
            var value = (dy[i] * w[i] * scale) - (x[i] * along);
            dx[i] = accumulate ? value + dx[i] : value;
        }
    }
}
