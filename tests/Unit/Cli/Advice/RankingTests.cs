using Graft.Artifacts;
using Graft.Cli.Advice;
using Xunit;

namespace Graft.Tests.Unit.Cli.Advice;

public sealed class RankingTests
{
    [Fact]
    public void The_lowest_loss_is_first_and_sure_where_it_wins_on_every_sample()
    {
        var ranked = Ranking.Of([Candidate("far", 1, 9, [2, 3, 4]), Candidate("near", 1, 1, [1, 2, 3])], new Random(0));

        Assert.Equal(["near", "far"], ranked.Select(one => one.Candidate.Choice.Name));
        Assert.Equal([1.0, 0.0], ranked.Select(one => one.Probability));
    }

    [Fact]
    public void The_probability_is_that_of_the_bootstrap()
    {
        // One sample in two for each. Resamples of two draw both of one kind with 1/4, one of each with 1/2: then the first's mean, 0.55, loses to 0.5.
        var ranked = Ranking.Of([Candidate("a", 1, 1, [0.1, 1.0]), Candidate("b", 1, 2, [0.5, 0.5])], new Random(0));

        Assert.Equal(["b", "a"], ranked.Select(one => one.Candidate.Choice.Name));
        Assert.Equal(0.75, ranked[0].Probability!.Value, 0.03);
        Assert.Equal(1, ranked.Sum(one => one.Probability!.Value), 1e-12);
    }

    [Fact]
    public void Without_losses_the_nearest_base_is_first_at_scale_one_and_nothing_is_sure()
    {
        var ranked = Ranking.Of([Candidate("far", 1, 9, null), Candidate("near", 0.5, 1, null), Candidate("near", 1, 1, null)], new Random(0));

        Assert.Equal([("near", 1.0), ("near", 0.5), ("far", 1.0)], ranked.Select(one => (one.Candidate.Choice.Name, one.Candidate.Scale)));
        Assert.All(ranked, one => Assert.Null(one.Probability));
    }

    private static Candidate Candidate(string name, double scale, double distance, IReadOnlyList<double>? losses) => new(
        new VectorChoice(name, Digest.Of("v"u8), Digest.Of("p"u8)), scale, new VectorGeometry(distance, 1, 0, 0.5, null), losses);
}
