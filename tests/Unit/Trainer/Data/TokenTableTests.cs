using CsCheck;
using Graft.Trainer.Data;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Data;

public sealed class TokenTableTests
{
    /// <summary>With tiny segments most of the table is in the file; every row and every range must come back.</summary>
    [Fact]
    public void What_is_put_in_comes_back_from_memory_and_from_the_file() => Gen.Select(Gen.Int[0, 30].Array[0, 30], Gen.Int[1, 3], Gen.Int).Sample(
        (lengths, inMemory, seed) =>
        {
            var random = new Random(seed);
            using var table = new TokenTable(segmentTokens: 16, inMemory);
            List<(int Token, bool Target)> all = [];
            foreach (var length in lengths)
            {
                var row = new TokenRow(
                    [.. Enumerable.Range(0, length).Select(_ => random.Next(1 << 24))], [.. Enumerable.Range(0, length).Select(_ => random.Next(2) == 0)]);
                table.Add(row);
                all.AddRange(row.Tokens.Zip(row.IsTarget));
            }

            Assert.Equal((lengths.Length, all.Count), (table.Count, (int)table.Tokens));
            for (var row = 0; row < lengths.Length; row++)
            {
                Assert.Equal((lengths[row], lengths[..row].Sum()), (table.Length(row), (int)table.Begin(row)));
            }

            for (var i = 0; i < 10; i++)
            {
                var begin = random.Next(all.Count + 1);
                var entries = new int[random.Next(all.Count - begin + 1)];
                table.Read(begin, entries);
                Assert.Equal(all.Slice(begin, entries.Length), entries.Select(entry => (TokenTable.Token(entry), TokenTable.IsTarget(entry))));
            }
        },
        iter: 300);
}
