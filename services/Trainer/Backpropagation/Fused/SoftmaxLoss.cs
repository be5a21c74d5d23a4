using System.Runtime.Intrinsics;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>Cross-entropy of logits against targets, with its gradient written over the logits.</summary>
internal static unsafe class SoftmaxLoss
{
    /// <param name="logits">[rows, vocabulary]: in, logits; out, weight * (softmax - one-hot).</param>
    /// <param name="targets">[rows].</param>
    /// <param name="weight">Of one token's loss in the whole: 1 for a sum, 1 / rows for a mean.</param>
    /// <returns>The weighted sum of -log p(target).</returns>
    public static double Run(Rows logits, ReadOnlySpan<long> targets, double weight)
    {
        var loss = 0.0;
        for (var row = 0; row < targets.Length; row++)
        {
            loss += Row(logits[row], logits.Columns, (int)targets[row], (float)weight);
        }

        return loss * weight;
    }

    private static double Row(float* x, int n, int target, float weight)
    {
        var top = Largest(x, n);
        var chosen = x[target];
        var sums = Vector512<float>.Zero;
        var i = 0;
        for (; i <= n - Lanes.Width; i += Lanes.Width)
        {
            var value = Lanes.Exp(Vector512.Load(x + i) - Vector512.Create(top));
            value.Store(x + i);
            sums += value;
        }

        var sum = Vector512.Sum(sums);
        for (; i < n; i++)
        {
            x[i] = MathF.Exp(x[i] - top);
            sum += x[i];
        }

        Lanes.AddScaled(x, x, (weight / sum) - 1, n);
        x[target] -= weight;
        return Math.Log(sum) + top - chosen;
    }

    private static float Largest(float* x, int n)
    {
        var top = x[0];
        var i = 0;
        if (n >= Lanes.Width)
        {
            var tops = Vector512.Load(x);
            for (i = Lanes.Width; i <= n - Lanes.Width; i += Lanes.Width)
            {
                tops = Vector512.Max(tops, Vector512.Load(x + i));
            }

            for (var lane = 0; lane < Lanes.Width; lane++)
            {
                top = MathF.Max(top, tops[lane]);
            }
        }

        for (; i < n; i++)
        {
            top = MathF.Max(top, x[i]);
        }

        return top;
    }
}
