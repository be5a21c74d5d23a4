using CsCheck;
using Graft.Cli.Demo.Language;
using Xunit;

namespace Graft.Tests.Unit.Cli.Demo;

public sealed class ChanceTests
{
    // SplitMix64 of seed 0 begins with these (its authors' reference); xoshiro256** follows from them by hand.
    [Fact]
    public void The_first_number_follows_from_the_authors_definition()
    {
        var second = 0x6E789E6AA1B965F4ul;

        Assert.Equal(ulong.RotateLeft(second * 5, 7) * 9, new Chance(0).Next());
    }

    [Fact]
    public void Equal_seeds_give_equal_numbers_and_others_do_not()
    {
        var (first, same, other) = (new Chance(7), new Chance(7), new Chance(8));

        ulong[] drawn = [.. Enumerable.Range(0, 100).Select(_ => first.Next())];

        Assert.Equal(drawn, Enumerable.Range(0, 100).Select(_ => same.Next()));
        Assert.NotEqual(drawn, Enumerable.Range(0, 100).Select(_ => other.Next()));
    }

    [Fact]
    public void Numbers_stay_within_their_bounds() => Gen.Select(Gen.ULong, Gen.Int[-50, 50], Gen.Int[0, 100]).Sample((seed, first, span) =>
        new Chance(seed).Between(first, first + span) is var value && value >= first && value <= first + span);

    [Fact]
    public void Every_value_is_equally_likely()
    {
        var chance = new Chance(1);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[chance.Below(7)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }

    [Fact]
    public void Weights_are_kept()
    {
        var chance = new Chance(2);
        var sums = Chance.Sums([1, 0, 3]);
        var counts = new int[3];
        for (var i = 0; i < 40_000; i++)
        {
            counts[chance.Weighted(sums)]++;
        }

        Assert.InRange(counts[0], 9_600, 10_400);
        Assert.Equal(0, counts[1]);
    }

    [Fact]
    public void A_sample_has_no_item_twice() => Gen.Select(Gen.ULong, Gen.Int[0, 10]).Sample((seed, count) =>
    {
        var chosen = new int[count];
        new Chance(seed).Sample([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], chosen);
        return chosen.Distinct().Count() == count;
    });

    [Fact]
    public void A_shuffle_keeps_the_items()
    {
        int[] items = [.. Enumerable.Range(0, 50)];

        new Chance(3).Shuffle<int>(items);

        Assert.NotEqual(Enumerable.Range(0, 50), items);
        Assert.Equal(Enumerable.Range(0, 50), items.Order());
    }
}
