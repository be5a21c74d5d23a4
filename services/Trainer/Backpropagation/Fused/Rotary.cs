using System.Runtime.Intrinsics;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>Rotary position embedding (Su et al., 2021) in the half-split form of Hugging Face, in place.</summary>
internal static unsafe class Rotary
{
    /// <param name="x">[rows, heads * headDim]; row r stands at the r-th of the positions.</param>
    /// <param name="cosine">[length, headDim / 2].</param>
    /// <param name="sine">[length, headDim / 2].</param>
    /// <param name="positions">[rows].</param>
    /// <param name="headDim">Even.</param>
    /// <param name="backward">Rotate the other way: the gradient of the forward rotation.</param>
    public static void Apply(Rows x, float* cosine, float* sine, int[] positions, int headDim, bool backward)
    {
        var half = headDim / 2;
        var sign = backward ? -1f : 1f;
        for (var row = 0; row < positions.Length; row++)
        {
            var cos = cosine + (positions[row] * half);
            var sin = sine + (positions[row] * half);
            for (var head = 0; head < x.Columns; head += headDim)
            {
                Rotate(x[row] + head, cos, sin, sign, half);
            }
        }
    }

    private static void Rotate(float* x, float* cos, float* sin, float sign, int half)
    {
        var i = 0;
        for (; i <= half - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var first = Vector256.Load(x + i);
            var second = Vector256.Load(x + half + i);
            var c = Vector256.Load(cos + i);
            var s = Vector256.Load(sin + i) * sign;
            ((first * c) - (second * s)).Store(x + i);
            ((second * c) + (first * s)).Store(x + half + i);
        }

        for (; i < half; i++)
        {
            var (first, second) = (x[i], x[half + i]);
            var s = sin[i] * sign;
            x[i] = (first * cos[i]) - (second * s);
            x[half + i] = (second * cos[i]) + (first * s);
        }
    }
}
