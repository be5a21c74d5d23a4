using System.Numerics;
using Graft.Modeling.Configuration;

namespace Graft.Evaluator.Scoring;

/// <summary>
/// Bounds of one forward pass, such that no score depends on how requests are put together, down to the last bit. Two things in
/// libtorch 2.10 on CPUs would make it depend (measured; all else in a forward pass gives a row the same bits in any company):
/// <list type="bullet">
/// <item>An fp32 matrix product uses another kernel where a thread is left with 1 to 3 rows: with one thread, when there are no more;
/// with two, also for 5 to 7 and 9 to 11. So the rows of a product are a multiple of four, and not few.</item>
/// <item>SiLU computes what is left over after whole vectors, at the end of each thread's part, by another exponential. So the
/// elements are whole vectors for every thread.</item>
/// </list>
/// What lacks is filled with copies. Rows of a batch have one length; if they are padded, then by a rule that knows their own length only.
/// </summary>
/// <param name="Tokens">Tokens at most, unless fewer sequences would fill the batch with copies. A matter of memory.</param>
/// <param name="LeastRows">Rows (tokens of the whole batch) of a matrix product at least.</param>
/// <param name="RowMultiple">What the number of rows is a multiple of.</param>
/// <param name="CachedTokens">Tokens at most whose keys and values are in memory, likewise.</param>
internal sealed record BatchLimits(int Tokens, int LeastRows, int RowMultiple, int CachedTokens = int.MaxValue)
{
    // Twice what was measured to suffice.
    private const int RowsPerThread = 8;
    private const int KernelRows = 4;

    // Two AVX-512 vectors of bf16; all other vectors of libtorch's loops divide it.
    private const int VectorElements = 64;

    // at::internal::GRAIN_SIZE: with fewer elements a thread libtorch takes fewer threads, which moves the ends of their parts.
    private const int ElementsPerThread = 32768;

    // Of keys and values, at most.
    private const int BytesPerElement = 4;

    public static BatchLimits Of(EvaluatorOptions options, ModelConfig config)
    {
        var (threads, width) = (options.Threads, config.IntermediateSize);
        var vectors = VectorElements * threads;
        var multiple = LeastCommonMultiple(KernelRows, vectors / GreatestCommonDivisor(vectors, width));
        var rows = threads == 1 ? RowsPerThread : Math.Max(RowsPerThread * threads, ((ElementsPerThread * threads) + width - 1) / width);
        var bytes = (long)BytesPerElement * 2 * config.Layers * config.KeyValueHeads * config.HeadDim;
        return new BatchLimits(options.BatchTokens, rows, multiple, (int)Math.Min(int.MaxValue, options.CacheMegabytes * (1L << 20) / bytes));
    }

    /// <summary>The next multiple of <see cref="RowMultiple"/>.</summary>
    public int RoundUp(int rows) => (rows + RowMultiple - 1) / RowMultiple * RowMultiple;

    /// <summary>Rows of a batch at most: what tokens and memory allow, but not fewer than would be filled up anyway.</summary>
    /// <param name="kept">Tokens whose keys and values a row has in memory.</param>
    /// <param name="tokens">Tokens of a row that are computed at once.</param>
    /// <param name="fewest">Rows a batch is filled up to.</param>
    public int MostReadings(int kept, int tokens, int fewest) => Math.Max(fewest, Math.Min(Tokens / tokens, CachedTokens / kept));

    private static int GreatestCommonDivisor(int a, int b) => (int)BigInteger.GreatestCommonDivisor(a, b);

    private static int LeastCommonMultiple(int a, int b) => a / GreatestCommonDivisor(a, b) * b;
}
