using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Merger.Methods;
using Graft.Merger.Planning;

namespace Graft.Tests.Unit.Merger.Methods;

/// <summary>Tensors for the methods, and the methods' results on them.</summary>
internal static class Merged
{
    /// <summary>One operand: an element type and its bytes.</summary>
    internal sealed record Operand(DType DType, byte[] Bytes)
    {
        public double[] Values => Numbers.Values(DType, Bytes);
    }

    /// <summary>FT, PT and the factor of their difference.</summary>
    internal sealed record Term(Operand FineTuned, Operand Pretrained, double Scale = 1);

    /// <param name="method">What is tested.</param>
    /// <param name="result">Element type of the result.</param>
    /// <param name="start">The base.</param>
    /// <param name="terms">Vectors, all as long as the base.</param>
    /// <param name="cast">Element type inputs are rounded to first.</param>
    /// <param name="factor">Of the tensor.</param>
    /// <param name="slice">Elements of a slice; 0 for all.</param>
    /// <param name="name">Of the tensor.</param>
    public static byte[] Run(
        MergeMethod method, DType result, Operand start, Term[] terms, DType? cast = null, double factor = 1, int slice = 0, string name = "w")
    {
        var elements = start.Bytes.Length / start.DType.Size();
        TensorEntry Entry(Operand operand) => new(name, operand.DType, [elements], default);
        var needsPretrained = method is not MergeMethod.Interpolation;
        var tensor = new MergeTensor(
            Entry(start),
            [.. terms.Select((term, i) => new TensorTerm(
                i, Entry(term.FineTuned), needsPretrained ? Entry(term.Pretrained) : null, term.Scale, term.Scale * factor))],
            [elements],
            result,
            factor);
        Operand[] reads = [start, .. terms.SelectMany(term => needsPretrained ? new[] { term.FineTuned, term.Pretrained } : [term.FineTuned])];
        var kernel = TensorMethod.For(method, tensor);
        var merge = new SliceMerge(kernel, tensor, cast);
        var step = slice > 0 ? slice : Math.Max(1, elements);
        for (var term = 0; term < terms.Length; term++)
        {
            while (kernel.WantsSurvey(term))
            {
                foreach (var range in Ranges(elements, step))
                {
                    merge.Survey(term, Part(terms[term].FineTuned, range).Span, Part(terms[term].Pretrained, range).Span);
                }

                kernel.EndSurvey(term);
            }
        }

        var merged = new byte[elements * result.Size()];
        foreach (var range in Ranges(elements, step))
        {
            var (begin, end) = (range.Start.Value, range.End.Value);
            merge.Run(begin, [.. reads.Select(read => Part(read, range))], merged.AsSpan(begin * result.Size(), (end - begin) * result.Size()));
        }

        return merged;
    }

    public static Operand Weights(DType dtype, int length, int seed)
    {
        var random = new Random(seed);
        return new Operand(
            dtype, [.. Enumerable.Range(0, length).SelectMany(_ => Numbers.Bits(dtype, (random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-12, 2))))]);
    }

    public static Operand Of(DType dtype, params double[] values) => new(dtype, [.. values.SelectMany(value => Numbers.Bits(dtype, value))]);

    public static Term RandomTerm(DType dtype, int length, int seed, double scale = 1) =>
        new(Weights(dtype, length, seed), Weights(dtype, length, seed + 1000), scale);

    private static IEnumerable<Range> Ranges(int elements, int step)
    {
        for (var begin = 0; begin < elements; begin += step)
        {
            yield return begin..Math.Min(begin + step, elements);
        }
    }

    private static ReadOnlyMemory<byte> Part(Operand operand, Range range)
    {
        var size = operand.DType.Size();
        return operand.Bytes.AsMemory((range.Start.Value * size)..(range.End.Value * size));
    }
}
