using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Artifacts;
using Graft.Merger.Arithmetic;

namespace Graft.Merger.Comparing;

/// <summary>
/// The geometry of one tensor of several artifacts, slice by slice, in double. Eight partial sums, element i in number i modulo 8, added up
/// in a fixed order: the bits do not depend on slices or machines. All slices but the last must be a multiple of eight elements.
/// </summary>
internal sealed class TensorGeometry
{
    private const int BlockElements = 256;
    private const int Lanes = 8;

    private readonly ComparedTensor _tensor;
    private readonly Geometry _sums;
    private readonly double[][] _values;
    private readonly double[] _subtracted = new double[BlockElements];
    private readonly Vector512<double>[] _squares;
    private readonly Vector512<double>[] _dots;
    private readonly Vector512<double>[] _distances;

    public TensorGeometry(ComparedTensor tensor)
    {
        _tensor = tensor;
        _sums = new Geometry(tensor.Parts.Count);
        _values = [.. tensor.Parts.Select(_ => new double[BlockElements])];
        _squares = new Vector512<double>[tensor.Parts.Count];
        _dots = new Vector512<double>[_sums.Pairs.Length];
        _distances = new Vector512<double>[_sums.Pairs.Length];
    }

    /// <param name="slices">[n] elements of each of <see cref="ComparedTensor.Reads"/>.</param>
    public void Add(IReadOnlyList<ReadOnlyMemory<byte>> slices)
    {
        var elements = slices[0].Length / _tensor.Reads[0].DType.Size();
        for (var begin = 0; begin < elements; begin += BlockElements)
        {
            var count = Math.Min(BlockElements, elements - begin);
            // Zeros up to a multiple of eight change no sum; the counts are told how many there are.
            var padded = (count + Lanes - 1) / Lanes * Lanes;
            var next = 0;
            for (var i = 0; i < _values.Length; i++)
            {
                Widen(slices[next], _tensor.Reads[next++].DType, begin, count, _values[i]);
                if (_tensor.Parts[i].Subtracted is not null)
                {
                    Widen(slices[next], _tensor.Reads[next++].DType, begin, count, _subtracted);
                    Subtract(_values[i].AsSpan(0, padded), _subtracted);
                }
            }

            _sums.Count(count);
            AddBlock(padded, padded - count);
        }
    }

    public Geometry Sum()
    {
        for (var i = 0; i < _squares.Length; i++)
        {
            _sums.Squares[i] = Total(_squares[i]);
        }

        for (var i = 0; i < _dots.Length; i++)
        {
            (_sums.Pairs[i].Dot, _sums.Pairs[i].SquaredDistance) = (Total(_dots[i]), Total(_distances[i]));
        }

        return _sums;
    }

    private static void Widen(ReadOnlyMemory<byte> slice, DType dtype, int begin, int count, double[] wide)
    {
        Widening.Widen(dtype, slice.Span.Slice(begin * dtype.Size(), count * dtype.Size()), wide.AsSpan(0, count));
        wide.AsSpan(count).Clear();
    }

    private static void Subtract(Span<double> values, ReadOnlySpan<double> subtracted)
    {
        for (var i = 0; i < values.Length; i += Lanes)
        {
            (Vector512.Create<double>(values[i..]) - Vector512.Create(subtracted[i..])).CopyTo(values[i..]);
        }
    }

    private void AddBlock(int padded, int padding)
    {
        for (var i = 0; i < _values.Length; i++)
        {
            _sums.Zeros[i] += AddSquares(_values[i].AsSpan(0, padded), ref _squares[i]) - padding;
        }

        var pair = 0;
        foreach (var (first, second) in Geometry.PairsOf(_values.Length))
        {
            _sums.Pairs[pair].Equal -= padding;
            AddProducts(_values[first].AsSpan(0, padded), _values[second], ref _dots[pair], ref _distances[pair], ref _sums.Pairs[pair]);
            pair++;
        }
    }

    /// <returns>How many are zero.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int AddSquares(ReadOnlySpan<double> values, ref Vector512<double> squares)
    {
        var zeros = 0;
        for (var i = 0; i < values.Length; i += Lanes)
        {
            var value = Vector512.Create(values[i..]);
            squares += value * value;
            zeros += BitOperations.PopCount(Vector512.Equals(value, Vector512<double>.Zero).ExtractMostSignificantBits());
        }

        return zeros;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void AddProducts(
        ReadOnlySpan<double> first,
        ReadOnlySpan<double> second,
        ref Vector512<double> dots,
        ref Vector512<double> distances,
        ref PairSums counts)
    {
        var (equal, nonZero, sameSign) = (0, 0, 0);
        for (var i = 0; i < first.Length; i += Lanes)
        {
            var (a, b) = (Vector512.Create(first[i..]), Vector512.Create(second[i..]));
            var difference = a - b;
            dots += a * b;
            distances += difference * difference;
            var zeros = (Vector512.Equals(a, Vector512<double>.Zero) | Vector512.Equals(b, Vector512<double>.Zero)).ExtractMostSignificantBits();
            var differs = (a.AsUInt64() ^ b.AsUInt64()).ExtractMostSignificantBits();
            equal += BitOperations.PopCount(Vector512.Equals(a, b).ExtractMostSignificantBits());
            nonZero += Lanes - BitOperations.PopCount(zeros);
            sameSign += Lanes - BitOperations.PopCount(zeros | differs);
        }

        counts.Equal += equal;
        counts.NonZero += nonZero;
        counts.SameSign += sameSign;
    }

    private static double Total(Vector512<double> sums)
    {
        var total = 0.0;
        for (var i = 0; i < Lanes; i++)
        {
            total += sums[i];
        }

        return total;
    }
}
