using CsCheck;
using Graft.Faults;
using Graft.Trainer.Data;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Data;

public sealed class RowOrderTests
{
    [Fact]
    public void One_dataset_keeps_the_order_it_always_had()
    {
        var order = new RowOrder([(10, 1)], seed: 500);

        Assert.True(order.IsWhole);
        Assert.Equal([7, 2, 8, 1, 0, 4, 3, 5, 9, 6], order.Epoch(0));
        Assert.Equal(Shuffle.Permutation(10, 500, 3), order.Epoch(3));
    }

    [Theory]
    [InlineData(10, 1, 10)]
    [InlineData(10, 0.5, 5)]
    [InlineData(10, 0.25, 3)]
    [InlineData(10, 0.01, 1)]
    [InlineData(10, 2.5, 25)]
    public void A_weight_says_how_many_rows_an_epoch_takes(int rows, double weight, int taken)
    {
        var order = new RowOrder([(4, 1), (rows, weight)], seed: 1);

        Assert.False(order.IsWhole);
        Assert.Equal(4 + taken, order.Length);
        Assert.Equal(4 + taken, order.Epoch(0).Count);
        Assert.Equal([0, 1, 2, 3], order.Epoch(0).Where(row => row < 4).Order());
        Assert.Equal(taken, order.Epoch(0).Count(row => row >= 4));
    }

    /// <summary>However odd the weight, after any number of epochs no row has come more than once oftener than another of its dataset.</summary>
    [Fact]
    public void Rows_of_a_dataset_come_equally_often() => Gen.Select(Gen.Int[1, 12], Gen.Double[0.05, 3], Gen.Int[1, 12], Gen.Double[0.05, 3], Gen.ULong).Sample(
        (rows1, weight1, rows2, weight2, seed) =>
        {
            var order = new RowOrder([(rows1, weight1), (rows2, weight2)], seed);
            var times = new int[rows1 + rows2];
            for (var epoch = 0; epoch < 6; epoch++)
            {
                foreach (var row in order.Epoch(epoch))
                {
                    times[row]++;
                }

                Assert.InRange(times[..rows1].Max() - times[..rows1].Min(), 0, 1);
                Assert.InRange(times[rows1..].Max() - times[rows1..].Min(), 0, 1);
            }
        },
        iter: 300);

    [Fact]
    public void An_epoch_is_the_same_whenever_it_is_asked_for()
    {
        (int, double)[] datasets = [(7, 0.6), (5, 1.4)];
        var forward = new RowOrder(datasets, seed: 8);
        var first = Enumerable.Range(0, 9).Select(epoch => forward.Epoch(epoch)).ToArray();
        var backward = new RowOrder(datasets, seed: 8);

        Assert.Equal(first, Enumerable.Range(0, 9).Reverse().Select(epoch => backward.Epoch(epoch)).Reverse());
        Assert.Distinct(first.Select(epoch => string.Join(',', epoch)));
    }

    [Fact]
    public void An_epoch_beyond_all_bounds_is_refused() =>
        Assert.Equal(FaultKind.Invalid, Assert.Throws<FaultException>(() => new RowOrder([(1 << 30, 1000)], 0)).Kind);
}
