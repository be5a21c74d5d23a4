using System.Runtime.Intrinsics;
using Graft.Trainer.Vectors;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>
/// Scaled dot-product attention with a causal mask for short sequences: softmax(q k' / sqrt(headDim)) v, head by head. The
/// probabilities are kept for the backward pass, so memory grows with the square of the length; long sequences take autograd's path.
/// </summary>
internal sealed unsafe class CausalAttention(int heads, int keyValueHeads, int headDim, int length)
{
    private readonly int _padded = Padded(length);

    // Keys or values of one head transposed to [headDim, padded length], so that the products of one query are sums of whole vectors.
    private readonly float[] _transposed = new float[headDim * Padded(length)];

    // Gradients of one head's scores, [length, padded length].
    private readonly float[] _scores = new float[length * Padded(length)];

    private readonly float _scale = 1 / MathF.Sqrt(headDim);

    /// <summary>Floats per query row in the kept probabilities.</summary>
    public static int Padded(int length) => (length + Lanes.Width - 1) / Lanes.Width * Lanes.Width;

    /// <param name="q">[rows * length, heads * headDim].</param>
    /// <param name="k">[rows * length, keyValueHeads * headDim].</param>
    /// <param name="v">[rows * length, keyValueHeads * headDim].</param>
    /// <param name="y">[rows * length, heads * headDim].</param>
    /// <param name="probabilities">[rows, heads, length, padded length]: kept for the backward pass; columns count from the beginning of the stretch.</param>
    /// <param name="stretches">What attends to itself and to nothing else.</param>
    public void Forward(Rows q, Rows k, Rows v, Rows y, float* probabilities, Stretch[] stretches)
    {
        fixed (float* keys = _transposed)
        {
            foreach (var stretch in stretches)
            {
                var (first, count) = ((stretch.Row * length) + stretch.Begin, stretch.Count);
                for (var head = 0; head < heads; head++)
                {
                    var (own, shared) = Columns(head);
                    Transpose(k, first, count, shared, keys);
                    var values = v.From(first).Slice(shared, headDim);
                    var i = 0;
                    for (; i <= count - Quad.Count; i += Quad.Count)
                    {
                        var rows = Quad.Of(Row(probabilities, stretch, head, i), _padded);
                        QuadSums.Products(Quad.Of(q.Slice(own, headDim), first + i), keys, _padded, headDim, rows, i + Quad.Count - 1);
                        Softmax(rows.A, i + 1, _scale);
                        Softmax(rows.B, i + 2, _scale);
                        Softmax(rows.C, i + 3, _scale);
                        Softmax(rows.D, i + 4, _scale);
                        QuadSums.Growing(rows, values, i + 1, Quad.Of(y.Slice(own, headDim), first + i));
                    }

                    for (; i < count; i++)
                    {
                        var row = Row(probabilities, stretch, head, i);
                        Products(q[first + i] + own, keys, row, i);
                        Softmax(row, i + 1, _scale);
                        Lanes.WeightedSum(row, 1, values, i + 1, y[first + i] + own, accumulate: false);
                    }
                }
            }
        }
    }

    /// <summary>Gradients of q, k and v from that of y; dk and dv are added to (queries of a group share them), dq is written.</summary>
    public void Backward(Rows q, Rows k, Rows v, Rows dy, float* probabilities, Rows dq, Rows dk, Rows dv, Stretch[] stretches)
    {
        fixed (float* values = _transposed, scores = _scores)
        {
            foreach (var stretch in stretches)
            {
                var (first, count) = ((stretch.Row * length) + stretch.Begin, stretch.Count);
                for (var head = 0; head < heads; head++)
                {
                    var (own, shared) = Columns(head);
                    Transpose(v, first, count, shared, values);
                    var (keys, queries) = (k.From(first).Slice(shared, headDim), q.From(first).Slice(own, headDim));
                    var gradients = dy.From(first).Slice(own, headDim);
                    var i = 0;
                    for (; i <= count - Quad.Count; i += Quad.Count)
                    {
                        var (rows, given) = (Quad.Of(Row(probabilities, stretch, head, i), _padded), Quad.Of(scores + (i * _padded), _padded));
                        QuadSums.Products(Quad.Of(gradients, i), values, _padded, headDim, given, i + Quad.Count - 1);
                        Spread(rows.A, given.A, Lanes.Dot(given.A, rows.A, i + 1), i);
                        Spread(rows.B, given.B, Lanes.Dot(given.B, rows.B, i + 2), i + 1);
                        Spread(rows.C, given.C, Lanes.Dot(given.C, rows.C, i + 3), i + 2);
                        Spread(rows.D, given.D, Lanes.Dot(given.D, rows.D, i + 4), i + 3);
                        QuadSums.Growing(given, keys, i + 1, Quad.Of(dq.Slice(own, headDim), first + i));
                    }

                    for (; i < count; i++)
                    {
                        float* row = Row(probabilities, stretch, head, i), given = scores + (i * _padded);
                        Products(gradients[i], values, given, i);
                        Spread(row, given, Lanes.Dot(given, row, i + 1), i);
                        Lanes.WeightedSum(given, 1, keys, i + 1, dq[first + i] + own, accumulate: false);
                    }

                    // Column j: the queries from j on that looked at it.
                    var j = 0;
                    for (; j <= count - Quad.Count; j += Quad.Count)
                    {
                        var looked = Row(probabilities, stretch, head, j) + j;
                        QuadSums.Shrinking(scores + (j * _padded) + j, _padded, queries.From(j), count - j, Quad.Of(dk.Slice(shared, headDim), first + j));
                        QuadSums.Shrinking(looked, _padded, gradients.From(j), count - j, Quad.Of(dv.Slice(shared, headDim), first + j));
                    }

                    for (; j < count; j++)
                    {
                        var looked = Row(probabilities, stretch, head, j) + j;
                        Lanes.WeightedSum(scores + (j * _padded) + j, _padded, queries.From(j), count - j, dk[first + j] + shared, accumulate: true);
                        Lanes.WeightedSum(looked, _padded, gradients.From(j), count - j, dv[first + j] + shared, accumulate: true);
                    }
                }
            }
        }
    }

    /// <summary>First column of a query head, and of its key and value head.</summary>
    private (int Own, int Shared) Columns(int head) => (head * headDim, head / (heads / keyValueHeads) * headDim);

    private float* Row(float* probabilities, Stretch stretch, int head, int i) =>
        probabilities + (((((long)stretch.Row * heads) + head) * length) + stretch.Begin + i) * _padded;

    /// <summary>To [headDim, padded length]; what is beyond the stretch in its last vector becomes zero, lest it be no number.</summary>
    private void Transpose(Rows source, int first, int count, int column, float* target)
    {
        for (var j = 0; j < count; j++)
        {
            var from = source[first + j] + column;
            for (var d = 0; d < headDim; d++)
            {
                target[(d * _padded) + j] = from[d];
            }
        }

        for (var j = count; j < Padded(count); j++)
        {
            for (var d = 0; d < headDim; d++)
            {
                target[(d * _padded) + j] = 0;
            }
        }
    }

    /// <summary>row[j] = sum_d x[d] * transposed[d, j] for whole vectors up to <paramref name="last"/>.</summary>
    private void Products(float* x, float* transposed, float* row, int last)
    {
        for (var j = 0; j <= last; j += Lanes.Width)
        {
            Vector512<float> even = Vector512<float>.Zero, odd = Vector512<float>.Zero;
            var column = transposed + j;
            for (var d = 0; d < headDim; d += 2)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Create(x[d]), Vector512.Load(column), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.Create(x[d + 1]), Vector512.Load(column + _padded), odd);
                column += 2 * _padded;
            }

            (even + odd).Store(row + j);
        }
    }

    /// <summary>Softmax of the first <paramref name="count"/> entries times the scale; the rest of the last vector becomes zero.</summary>
    private static void Softmax(float* row, int count, float scale)
    {
        var end = Padded(count);
        for (var j = count; j < end; j++)
        {
            row[j] = float.NegativeInfinity;
        }

        var top = Vector512.Load(row);
        for (var j = Lanes.Width; j < end; j += Lanes.Width)
        {
            top = Vector512.Max(top, Vector512.Load(row + j));
        }

        var largest = Vector512.Create(Largest(top));
        var sum = Vector512<float>.Zero;
        for (var j = 0; j < end; j += Lanes.Width)
        {
            var value = Lanes.Exp((Vector512.Load(row + j) - largest) * scale);
            value.Store(row + j);
            sum += value;
        }

        // The masked entries came out as exp(-87): nothing beside a sum of at least one, but the backward pass wants zeros.
        for (var j = count; j < end; j++)
        {
            row[j] = 0;
        }

        var normalize = Vector512.Create(1 / Vector512.Sum(sum));
        for (var j = 0; j < end; j += Lanes.Width)
        {
            (Vector512.Load(row + j) * normalize).Store(row + j);
        }
    }

    private static float Largest(Vector512<float> x)
    {
        var half = Vector256.Max(x.GetLower(), x.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
    }

    /// <summary>Gradient of the unscaled scores: p * (dp - sum(p dp)) / sqrt(headDim), over dp.</summary>
    private void Spread(float* probabilities, float* products, float mean, int last)
    {
        for (var j = 0; j <= last; j += Lanes.Width)
        {
            (Vector512.Load(probabilities + j) * (Vector512.Load(products + j) - Vector512.Create(mean)) * _scale).Store(products + j);
        }
    }
}
