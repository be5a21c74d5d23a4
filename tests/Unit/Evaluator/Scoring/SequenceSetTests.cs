using Graft.Evaluator.Scoring;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Scoring;

public sealed class SequenceSetTests
{
    [Fact]
    public void Equal_sequences_are_one_and_the_longest_come_first()
    {
        var set = SequenceSet.Of([[1, 2], [3], [1, 2, 3], [1, 2], [1, 1]]);

        Assert.Equal([[1, 2, 3], [1, 1], [1, 2], [3]], set.Select(sequence => sequence.Ids));
        Assert.Equal([[2], [4], [0, 3], [1]], set.Select(sequence => sequence.Requests));
    }

    [Fact]
    public void Batches_have_one_length_and_keep_to_the_budget()
    {
        var set = SequenceSet.Of([[1, 1, 1], [1, 1], [1, 2], [1, 3], [2]]);

        Assert.Equal([1, 2, 1, 1], Sizes(tokens: 4));
        Assert.Equal([1, 1, 1, 1, 1], Sizes(tokens: 1));
        Assert.Equal([1, 3, 1], Sizes(tokens: 1000));

        IEnumerable<int> Sizes(int tokens) => SequenceSet
            .Batches(set, length => length, width => new BatchLimits(tokens, 16, 4).MostSequences(width, fewest: 1))
            .Select(batch => batch.Sequences.Count);
    }

    [Fact]
    public void Sequences_of_one_padded_width_go_together()
    {
        var set = SequenceSet.Of([[1, 1, 1], [1, 1, 1, 1], [1, 1], [1], [1, 2, 1, 1, 1]]);

        var batches = SequenceSet.Batches(set, new BatchLimits(0, 16, RowMultiple: 2).RoundUp, _ => 100);

        Assert.Equal([(6, 1), (4, 2), (2, 2)], batches.Select(batch => (batch.Width, batch.Sequences.Count)));
    }

    [Fact]
    public void Scored_positions_are_those_before_each_token_of_the_continuations()
    {
        // One sequence read for two continuations of different context lengths, and one of its own.
        EncodedContinuation[] requests = [new([5, 6, 7, 8], 2), new([5, 6, 7, 9], 3), new([1, 2, 3, 4], 1)];
        var batch = new Batch(SequenceSet.Of(requests.Select(request => request.Input)), Width: 10);

        var positions = ScoredPosition.Of(batch, requests);

        // Rows are sorted by tokens: [1 2 3] first, then [5 6 7].
        Assert.Equal([0, 1, 2, 11, 12], positions.Select(position => position.Row));
        Assert.Equal([[(2, 2)], [(2, 3)], [(2, 4)], [(0, 7)], [(0, 8), (1, 9)]], positions.Select(position => position.Targets));
    }
}
