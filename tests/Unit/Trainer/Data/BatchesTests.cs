using CsCheck;
using Graft.Trainer.Data;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Data;

public sealed class BatchesTests
{
    [Fact]
    public void Packed_rows_follow_each_other_in_the_stream_and_begin_anew_at_its_end()
    {
        using var table = Rows([0, 1, 2, 3], [], [4, 5, 6, 7, 8, 9, 10]);
        var batches = new PackedBatches(new TokenStream(table, Whole(3)), batchSize: 2, length: 3);

        var first = batches.At(0);
        var second = batches.At(1);

        Assert.Equal([0, 1, 2, 4, 5, 6], first.Inputs);
        Assert.Equal([1, 2, 3, 5, 6, 7], first.Targets);
        Assert.Equal([8, 9, 10, 1, 2, 3], second.Inputs);
        Assert.Equal([9, 10, 0, 2, 3, 4], second.Targets);
    }

    [Fact]
    public void A_packed_mixture_is_the_stream_of_its_first_epoch()
    {
        using var table = Rows([1, 1, 1], [2], [], [3, 3], [4, 4, 4, 4]);
        var order = new RowOrder([(3, 1), (2, 2)], seed: 3);
        int[] lengths = [3, 1, 0, 2, 4];
        int[] numbers = [1, 2, 0, 3, 4];
        int[] expected = [.. order.Epoch(0).SelectMany(row => Enumerable.Repeat(numbers[row], lengths[row]))];
        var stream = new TokenStream(table, order);
        var found = new int[expected.Length * 2];

        stream.Read(0, found);

        Assert.Equal(3 + 1 + (2 * (2 + 4)), stream.Tokens);
        Assert.Equal([.. expected, .. expected], found.Select(TokenTable.Token));
    }

    [Fact]
    public void Padded_rows_are_filled_on_the_right_and_only_targets_count()
    {
        using var table = new TokenTable();
        table.Add(new TokenRow([5, 6, 7, 8], [false, false, true, true]));
        table.Add(new TokenRow([9, 3], [true, true]));

        var batch = new PaddedBatches(table, Whole(2, seed: 1), batchSize: 2).At(0);

        Assert.Equal(3, batch.Length);
        var longer = batch.Inputs[0] == 5 ? 0 : 1;
        Assert.Equal([5, 6, 7], batch.Inputs[(longer * 3)..((longer * 3) + 3)]);
        Assert.Equal([-100, 7, 8], batch.Targets[(longer * 3)..((longer * 3) + 3)]);
        Assert.Equal([9, 0, 0], batch.Inputs[((1 - longer) * 3)..(((1 - longer) * 3) + 3)]);
        Assert.Equal([3, -100, -100], batch.Targets[((1 - longer) * 3)..(((1 - longer) * 3) + 3)]);
        Assert.Null(batch.Segments);
    }

    [Fact]
    public void Every_row_comes_once_an_epoch_whatever_the_order_steps_are_asked_in()
    {
        using var table = Rows([.. Enumerable.Range(0, 10).Select(i => new[] { i, i })]);
        var forward = new PaddedBatches(table, Whole(10, seed: 9), batchSize: 4);
        var backward = new PaddedBatches(table, Whole(10, seed: 9), batchSize: 4);

        var firsts = Enumerable.Range(0, 5).Select(step => forward.At(step).Inputs).ToArray();
        var again = Enumerable.Range(0, 5).Reverse().Select(step => backward.At(step).Inputs).Reverse().ToArray();

        Assert.Equal(firsts, again);
        var seen = firsts.SelectMany(inputs => inputs).ToArray();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen[..10].Order());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen[10..].Order());
        Assert.NotEqual(seen[..10], seen[10..]);
    }

    /// <summary>Each row is whole, once an epoch, in a segment of its own with positions from 0, and nothing else is in the batch.</summary>
    [Fact]
    public void Packed_rows_stay_whole_and_apart() => Gen.Select(Gen.Int[2, 9].Array[1, 40], Gen.ULong, Gen.Int[1, 3]).Sample(
        (lengths, seed, batchSize) =>
        {
            const int Length = 8;
            using var table = new TokenTable();
            foreach (var (row, length) in lengths.Index())
            {
                table.Add(new TokenRow([.. Enumerable.Range(0, length).Select(i => (row * 100) + i)], [.. Enumerable.Range(0, length).Select(i => i % 3 != 1)]));
            }

            var batches = new PackedRowBatches(table, Whole(lengths.Length, seed), batchSize, Length);
            List<int> rows = [];
            for (var step = 0; rows.Count < 2 * lengths.Length; step++)
            {
                rows.AddRange(RowsOf(batches.At(step), lengths));
            }

            Assert.Equal(Enumerable.Range(0, lengths.Length), rows[..lengths.Length].Order());
            Assert.Equal(Enumerable.Range(0, lengths.Length), rows[lengths.Length..(2 * lengths.Length)].Order());
        },
        iter: 200);

    [Fact]
    public void Packing_wastes_little_and_does_not_depend_on_the_step_asked_first()
    {
        int[][] rows = [.. Enumerable.Range(0, 400).Select(i => Enumerable.Repeat(i, 3 + (i * 37 % 60)).ToArray())];
        using var table = Rows(rows);
        var batches = new PackedRowBatches(table, Whole(400, seed: 4), batchSize: 8, length: 128);
        var sequences = (int)Math.Ceiling(rows.Sum(row => row.Length - 1) / 128.0);

        var late = batches.At(30).Inputs;
        var used = Enumerable.Range(0, sequences / 8).Sum(step => batches.At(step).Segments!.Segment.Count(segment => segment != Segments.Padding));

        Assert.InRange((double)used / (sequences / 8 * 8 * 128), 0.97, 1);
        Assert.Equal(late, new PackedRowBatches(table, Whole(400, seed: 4), batchSize: 8, length: 128).At(30).Inputs);
    }

    [Fact]
    public void Permutations_are_pinned_so_that_old_recipes_keep_their_order() =>
        Assert.Equal([7, 2, 8, 1, 0, 4, 3, 5, 9, 6], Shuffle.Permutation(10, 500, 0));

    private static List<int> RowsOf(Batch batch, int[] lengths)
    {
        var segments = batch.Segments!;
        List<int> rows = [];
        for (var i = 0; i < batch.Inputs.Length; i++)
        {
            if (segments.Segment[i] == Segments.Padding)
            {
                Assert.Equal((0, -100, 0), (batch.Inputs[i], batch.Targets[i], segments.Position[i]));
                continue;
            }

            var (row, position) = ((int)batch.Inputs[i] / 100, segments.Position[i]);
            if (position == 0)
            {
                Assert.Equal(rows.Count == 0 || i % batch.Length == 0 ? 0 : segments.Segment[i - 1] + 1, segments.Segment[i]);
                rows.Add(row);
            }

            Assert.Equal((row * 100) + position, batch.Inputs[i]);
            Assert.Equal((position + 1) % 3 != 1 ? batch.Inputs[i] + 1 : -100, batch.Targets[i]);
            Assert.Equal(rows[^1], row);
            Assert.InRange(position, 0, lengths[row] - 2);
        }

        return rows;
    }

    private static RowOrder Whole(int rows, ulong seed = 0) => new([(rows, 1)], seed);

    private static TokenTable Rows(params int[][] rows)
    {
        var table = new TokenTable();
        Array.ForEach(rows, row => table.Add(new TokenRow(row, [.. row.Select(_ => true)])));
        return table;
    }
}
