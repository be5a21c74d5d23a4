using CsCheck;
using Graft.Modeling.Tokenizers;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Tokenizers;

public sealed class MergingTests
{
    private const int Letters = 4;

    // Merges over a small alphabet, in any order: pairs of earlier symbols, each pair making a new one.
    private static readonly Gen<(int Left, int Right)[]> _merges =
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1]).Array[0, 24].Select(
            draws => draws.Select((draw, i) => ((int)(draw.Item1 * (Letters + i)), (int)(draw.Item2 * (Letters + i)))).ToArray());

    [Fact]
    public void Looking_and_queueing_merge_alike_and_as_defined() =>
        Gen.Select(_merges, Gen.Int[0, Letters - 1].Array[1, ShortMerge.MaxLength], Gen.Int).Sample(
            (merges, symbols, seed) =>
            {
                var ranks = Enumerable.Range(0, merges.Length).ToArray();
                new Random(seed).Shuffle(ranks);
                var table = new MergeTable(merges.Length);
                var defined = new Dictionary<(int, int), (int Rank, int Merged)>();
                for (var i = 0; i < merges.Length; i++)
                {
                    table.Add(merges[i].Left, merges[i].Right, ranks[i], Letters + i);
                    defined[merges[i]] = (ranks[i], Letters + i);
                }

                var looked = symbols.ToArray();
                var count = ShortMerge.Run(looked, table);
                List<int> queued = [];
                var list = new MergeList(symbols.Length, table);
                Array.ForEach(symbols, list.Add);
                list.Run(queued);

                var expected = Merge([.. symbols], defined);
                Assert.Equal(expected, looked[..count]);
                Assert.Equal(expected, queued);
            },
            iter: 3_000);

    [Fact]
    public void A_table_finds_what_it_was_given_and_nothing_else()
    {
        var table = new MergeTable(1000);
        for (var i = 0; i < 1000; i++)
        {
            table.Add(i, i * 7 % 1000, i, 5000 + i);
        }

        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal((i, 5000 + i), table.Find(i, i * 7 % 1000)));
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(MergeTable.Never, table.Find(i, (i * 7 % 1000) + 1000).Rank));
    }

    /// <summary>The definition: while any pair merges, the leftmost of the lowest rank does.</summary>
    private static List<int> Merge(List<int> symbols, Dictionary<(int, int), (int Rank, int Merged)> merges)
    {
        while (true)
        {
            var best = Enumerable.Range(0, symbols.Count - 1)
                .Where(i => merges.ContainsKey((symbols[i], symbols[i + 1])))
                .OrderBy(i => merges[(symbols[i], symbols[i + 1])].Rank)
                .Select(i => (int?)i)
                .FirstOrDefault();
            if (best is not { } at)
            {
                return symbols;
            }

            symbols[at] = merges[(symbols[at], symbols[at + 1])].Merged;
            symbols.RemoveAt(at + 1);
        }
    }
}
