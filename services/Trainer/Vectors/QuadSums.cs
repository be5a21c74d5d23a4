using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Trainer.Vectors;

/// <summary>
/// The sums of attention, four at a time: a lone sum waits for its last addition before the next, four have something to do in the
/// meantime. Each adds in the order of its lone counterpart, two partial sums by turns, so the bits are the same.
/// </summary>
internal static unsafe class QuadSums
{
    /// <summary>y[r][j] = sum_d x[r][d] * columns[d * stride + j], for whole vectors of j up to <paramref name="last"/>.</summary>
    /// <param name="x">Four rows of <paramref name="depth"/> numbers, an even number.</param>
    /// <param name="columns">[depth, stride].</param>
    /// <param name="stride">Between rows of the columns.</param>
    /// <param name="depth">Terms of a sum.</param>
    /// <param name="y">Four rows.</param>
    /// <param name="last">Last j that is wanted.</param>
    public static void Products(Quad x, float* columns, int stride, int depth, Quad y, int last)
    {
        for (var j = 0; j <= last; j += Lanes.Width)
        {
            Vector512<float> evenA = default, oddA = default, evenB = default, oddB = default, evenC = default, oddC = default, evenD = default, oddD = default;
            var column = columns + j;
            for (var d = 0; d < depth; d += 2)
            {
                Vector512<float> here = Vector512.Load(column), next = Vector512.Load(column + stride);
                evenA = Add(x.A[d], here, evenA);
                oddA = Add(x.A[d + 1], next, oddA);
                evenB = Add(x.B[d], here, evenB);
                oddB = Add(x.B[d + 1], next, oddB);
                evenC = Add(x.C[d], here, evenC);
                oddC = Add(x.C[d + 1], next, oddC);
                evenD = Add(x.D[d], here, evenD);
                oddD = Add(x.D[d + 1], next, oddD);
                column += 2 * stride;
            }

            (evenA + oddA).Store(y.A + j);
            (evenB + oddB).Store(y.B + j);
            (evenC + oddC).Store(y.C + j);
            (evenD + oddD).Store(y.D + j);
        }
    }

    /// <summary>
    /// y[r] = sum of weights[r][t] * x[t] for t from 0 to <paramref name="count"/> + r - 1: four queries one behind the other, each of
    /// which looks one place further.
    /// </summary>
    public static void Growing(Quad weights, Rows x, int count, Quad y)
    {
        var common = count & ~1;
        var i = 0;
        for (; i <= x.Columns - Lanes.Width; i += Lanes.Width)
        {
            Vector512<float> evenA = default, oddA = default, evenB = default, oddB = default, evenC = default, oddC = default, evenD = default, oddD = default;
            for (var t = 0; t < common; t += 2)
            {
                Vector512<float> here = Vector512.Load(x[t] + i), next = Vector512.Load(x[t + 1] + i);
                evenA = Add(weights.A[t], here, evenA);
                oddA = Add(weights.A[t + 1], next, oddA);
                evenB = Add(weights.B[t], here, evenB);
                oddB = Add(weights.B[t + 1], next, oddB);
                evenC = Add(weights.C[t], here, evenC);
                oddC = Add(weights.C[t + 1], next, oddC);
                evenD = Add(weights.D[t], here, evenD);
                oddD = Add(weights.D[t + 1], next, oddD);
            }

            Finish(weights.A, 1, x, i, common, count, evenA, oddA).Store(y.A + i);
            Finish(weights.B, 1, x, i, common, count + 1, evenB, oddB).Store(y.B + i);
            Finish(weights.C, 1, x, i, common, count + 2, evenC, oddC).Store(y.C + i);
            Finish(weights.D, 1, x, i, common, count + 3, evenD, oddD).Store(y.D + i);
        }

        Lanes.WeightedTail(weights.A, 1, x, count, y.A, i, accumulate: false);
        Lanes.WeightedTail(weights.B, 1, x, count + 1, y.B, i, accumulate: false);
        Lanes.WeightedTail(weights.C, 1, x, count + 2, y.C, i, accumulate: false);
        Lanes.WeightedTail(weights.D, 1, x, count + 3, y.D, i, accumulate: false);
    }

    /// <summary>
    /// y[r] += sum of weights[t * stride + r] * x[t] for t from r to <paramref name="count"/> - 1: four keys one behind the other, each of
    /// which is looked at by one query less.
    /// </summary>
    /// <param name="weights">Of the first key, at its first query.</param>
    /// <param name="stride">From query to query.</param>
    /// <param name="x">The queries, from the first one that looks at the first key.</param>
    /// <param name="count">Queries; at least four.</param>
    /// <param name="y">Four rows.</param>
    public static void Shrinking(float* weights, int stride, Rows x, int count, Quad y)
    {
        var i = 0;
        for (; i <= x.Columns - Lanes.Width; i += Lanes.Width)
        {
            // The first three queries look at one, two and three of the keys; by the fourth, a key's next term is of its first or second sum.
            Vector512<float> zero = Vector512.Load(x[0] + i), one = Vector512.Load(x[1] + i), two = Vector512.Load(x[2] + i);
            float* second = weights + stride, third = second + stride;
            var (evenA, oddA) = (Add(third[0], two, Add(weights[0], zero, Vector512.Load(y.A + i))), Add(second[0], one, default));
            var (evenB, oddB) = (Add(second[1], one, Vector512.Load(y.B + i)), Add(third[1], two, default));
            var (evenC, oddC) = (Add(third[2], two, Vector512.Load(y.C + i)), Vector512<float>.Zero);
            var (evenD, oddD) = (Vector512.Load(y.D + i), Vector512<float>.Zero);
            var t = Quad.Count - 1;
            var w = third + stride;
            for (; t + 1 < count; t += 2, w += 2 * stride)
            {
                Vector512<float> here = Vector512.Load(x[t] + i), next = Vector512.Load(x[t + 1] + i);
                var after = w + stride;
                oddA = Add(w[0], here, oddA);
                evenA = Add(after[0], next, evenA);
                evenB = Add(w[1], here, evenB);
                oddB = Add(after[1], next, oddB);
                oddC = Add(w[2], here, oddC);
                evenC = Add(after[2], next, evenC);
                evenD = Add(w[3], here, evenD);
                oddD = Add(after[3], next, oddD);
            }

            if (t < count)
            {
                var here = Vector512.Load(x[t] + i);
                oddA = Add(w[0], here, oddA);
                evenB = Add(w[1], here, evenB);
                oddC = Add(w[2], here, oddC);
                evenD = Add(w[3], here, evenD);
            }

            (evenA + oddA).Store(y.A + i);
            (evenB + oddB).Store(y.B + i);
            (evenC + oddC).Store(y.C + i);
            (evenD + oddD).Store(y.D + i);
        }

        Lanes.WeightedTail(weights, stride, x, count, y.A, i, accumulate: true);
        Lanes.WeightedTail(weights + stride + 1, stride, x.From(1), count - 1, y.B, i, accumulate: true);
        Lanes.WeightedTail(weights + (2 * stride) + 2, stride, x.From(2), count - 2, y.C, i, accumulate: true);
        Lanes.WeightedTail(weights + (3 * stride) + 3, stride, x.From(3), count - 3, y.D, i, accumulate: true);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Add(float weight, Vector512<float> x, Vector512<float> sum) => Vector512.FusedMultiplyAdd(Vector512.Create(weight), x, sum);

    /// <summary>The terms from <paramref name="from"/> on, an even number, by turns.</summary>
    private static Vector512<float> Finish(float* weights, int stride, Rows x, int column, int from, int count, Vector512<float> even, Vector512<float> odd)
    {
        for (var t = from; t < count; t++)
        {
            var term = Vector512.Load(x[t] + column);
            if ((t & 1) == 0)
            {
                even = Add(weights[t * stride], term, even);
            }
            else
            {
                odd = Add(weights[t * stride], term, odd);
            }
        }

        return even + odd;
    }
}
