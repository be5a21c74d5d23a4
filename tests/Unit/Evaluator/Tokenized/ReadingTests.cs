using CsCheck;
using Graft.Evaluator.Tokenized;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Tokenized;

public sealed class ReadingTests
{
    [Fact]
    public void Choices_share_their_context_and_have_branches_of_their_own()
    {
        EncodedContinuation[] requests = [new([1, 2, 3, 10, 11, 12], 3), new([1, 2, 3, 20, 21], 3), new([1, 2, 3, 30], 3)];

        var reading = Assert.Single(Reading.Of([0, 1, 2], requests, []));

        // The last token of each is only predicted.
        Assert.Equal([1, 2, 3, 10, 11, 20], reading.Ids);
        Assert.Equal((3, 0), (reading.Trunk, reading.Prefix));
        Assert.Equal([3, 5], reading.Branches);
        Assert.Equal([0, 1, 2, 3, 4, 3], reading.TextPositions());
        Assert.Equal([2, 3, 4, 5], reading.Positions.Select(position => position.Index));
        Assert.Equal([[(0, 10), (1, 20), (2, 30)], [(0, 11)], [(0, 12)], [(1, 21)]], reading.Positions.Select(position => position.Targets));
    }

    [Fact]
    public void What_the_prefix_has_is_not_read_again()
    {
        EncodedContinuation[] requests = [new([7, 8, 1, 2, 10], 4), new([7, 8, 1, 2, 20], 4)];

        var reading = Assert.Single(Reading.Of([0, 1], requests, [7, 8]));

        Assert.Equal([1, 2], reading.Ids);
        Assert.Equal((2, true), (reading.Prefix, reading.IsText));
        Assert.Equal([2, 3], reading.TextPositions());
        Assert.Equal([1], reading.Positions.Select(position => position.Index));
    }

    [Theory]
    [InlineData(new[] { 9, 8, 1, 2, 10 }, 4)]
    [InlineData(new[] { 7, 8, 10 }, 2)]
    public void Other_beginnings_and_contexts_inside_the_prefix_are_read_whole(int[] ids, int context)
    {
        var reading = Assert.Single(Reading.Of([0], [new EncodedContinuation(ids, context)], [7, 8]));

        Assert.Equal(ids[..^1], reading.Ids);
        Assert.Equal(0, reading.Prefix);
    }

    [Fact]
    public void Cut_and_uncut_contexts_and_very_long_choices_are_read_apart()
    {
        int[] Long(int token) => [1, .. Enumerable.Repeat(token, 1500), 2];
        EncodedContinuation[] requests = [new(Long(5), 1), new(Long(6), 1), new([3, 4, 5], 1, IsCut: true), new(Long(7), 1)];

        var readings = Reading.Of([0, 1, 2, 3], requests, []).ToList();

        Assert.Equal([[0], [1], [3], [2]], readings.Select(reading => reading.Requests));
    }

    [Fact]
    public void Every_token_of_every_continuation_is_looked_up_once_behind_what_comes_before_it()
    {
        var gen = Gen.Select(Gen.Int[0, 3].Array[1, 6], Gen.Int[0, 3].Array[1, 5].Array[1, 4], Gen.Int[0, 4]);
        gen.Sample((context, continuations, prefix) =>
        {
            EncodedContinuation[] requests = [.. continuations.Select(continuation => new EncodedContinuation([.. context, .. continuation], context.Length))];
            var start = context[..Math.Min(prefix, context.Length)];

            var reading = Assert.Single(Reading.Of([.. Enumerable.Range(0, requests.Length)], requests, start));

            int[] positions = [.. reading.TextPositions()];
            foreach (var (request, wanted) in requests.Index())
            {
                var found = reading.Positions.SelectMany(position => position.Targets.Where(target => target.Request == request).Select(target => (position.Index, target.Token))).ToList();
                Assert.Equal(wanted.Ids[context.Length..], found.Select(target => target.Token));
                // What each looked-up position sees is the text before the token.
                Assert.All(found.Index(), item => Assert.Equal(context.Length - 1 + item.Index, positions[item.Item.Index]));
                Assert.All(found.Index(), item => Assert.Equal(wanted.Ids[(context.Length - 1 + item.Index)..][..1], Seen(reading, item.Item.Index)[^1..]));
                Assert.All(found.Index(), item => Assert.Equal(wanted.Ids[reading.Prefix..(context.Length + item.Index)], Seen(reading, item.Item.Index)));
            }
        });
    }

    [Fact]
    public void Batches_have_one_width_and_kind_the_longest_first()
    {
        EncodedContinuation[] requests = [new([1, 2, 3, 4, 5, 6], 1), new([1, 2], 1), new([8, 9, 2, 3], 3), new([5, 6, 7], 1), new([1, 3], 1)];
        var readings = Enumerable.Range(0, requests.Length).SelectMany(request => Reading.Of([request], requests, [8, 9]));

        var batches = ReadingBatch.Of(readings, reading => (reading.Ids.Count + 1) / 2 * 2, (_, _) => 2).ToList();

        Assert.Equal([(6, 0, 1), (2, 2, 1), (2, 0, 2), (2, 0, 1)], batches.Select(batch => (batch.Width, batch.Prefix, batch.Readings.Count)));
    }

    /// <summary>The row's tokens a token sees, itself the last.</summary>
    private static int[] Seen(Reading reading, int index) => index < reading.Trunk
        ? [.. reading.Ids.Take(index + 1)]
        : [.. reading.Ids.Take(reading.Trunk), .. reading.Ids.Skip(reading.BranchOf(index)).Take(index - reading.BranchOf(index) + 1)];
}
