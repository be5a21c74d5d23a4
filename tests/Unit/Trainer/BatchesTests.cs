using Graft.Trainer.Data;
using Xunit;

namespace Graft.Tests.Unit.Trainer;

public class BatchesTests
{
    [Fact]
    public void Packed_rows_follow_each_other_in_the_stream_and_begin_anew_at_its_end()
    {
        var batches = new PackedBatches([.. Enumerable.Range(0, 11)], batchSize: 2, length: 3);

        var first = batches.At(0);
        var second = batches.At(1);

        Assert.Equal([0, 1, 2, 4, 5, 6], first.Inputs);
        Assert.Equal([1, 2, 3, 5, 6, 7], first.Targets);
        Assert.Equal([8, 9, 10, 1, 2, 3], second.Inputs);
        Assert.Equal([9, 10, 0, 2, 3, 4], second.Targets);
    }

    [Fact]
    public void Padded_rows_are_filled_on_the_right_and_only_completions_are_targets()
    {
        TokenRow[] rows = [new([5, 6, 7, 8], LossFrom: 2), new([9, 3], LossFrom: 0)];

        var batch = new PaddedBatches(rows, batchSize: 2, seed: 1).At(0);

        Assert.Equal(3, batch.Length);
        var longer = batch.Inputs[0] == 5 ? 0 : 1;
        Assert.Equal([5, 6, 7], batch.Inputs[(longer * 3)..((longer * 3) + 3)]);
        Assert.Equal([-100, 7, 8], batch.Targets[(longer * 3)..((longer * 3) + 3)]);
        Assert.Equal([9, 0, 0], batch.Inputs[((1 - longer) * 3)..(((1 - longer) * 3) + 3)]);
        Assert.Equal([3, -100, -100], batch.Targets[((1 - longer) * 3)..(((1 - longer) * 3) + 3)]);
    }

    [Fact]
    public void Every_row_comes_once_an_epoch_whatever_the_order_steps_are_asked_in()
    {
        var rows = Enumerable.Range(0, 10).Select(i => new TokenRow([i, i], 0)).ToArray();
        var forward = new PaddedBatches(rows, batchSize: 4, seed: 9);
        var backward = new PaddedBatches(rows, batchSize: 4, seed: 9);

        var firsts = Enumerable.Range(0, 5).Select(step => forward.At(step).Inputs).ToArray();
        var again = Enumerable.Range(0, 5).Reverse().Select(step => backward.At(step).Inputs).Reverse().ToArray();

        Assert.Equal(firsts, again);
        var seen = firsts.SelectMany(inputs => inputs).ToArray();
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen[..10].Order());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), seen[10..].Order());
        Assert.NotEqual(seen[..10], seen[10..]);
    }

    [Fact]
    public void Permutations_are_pinned_so_that_old_recipes_keep_their_order() =>
        Assert.Equal([7, 2, 8, 1, 0, 4, 3, 5, 9, 6], Shuffle.Permutation(10, 500, 0));
}
