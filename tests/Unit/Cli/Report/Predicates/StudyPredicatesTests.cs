using Graft.Cli.Report;
using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Predicates;
using Graft.Cli.Report.Published;
using Graft.Cli.Report.Statistics;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report.Predicates;

public sealed class StudyPredicatesTests
{
    private static readonly Dictionary<string, int> _stages = new() { ["M1"] = 1, ["M2"] = 1, ["M3"] = 2 };

    [Fact]
    public void All_eight_are_true_of_the_published_numbers()
    {
        var predicates = StudyPredicates.Of(PublishedStudy.Load());

        Assert.Equal(["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"], predicates.Select(predicate => predicate.Id));
        Assert.All(predicates, predicate => Assert.True(predicate.IsTrueOfScores, predicate.Id));
        Assert.DoesNotContain(predicates, predicate => predicate.Verdict == Verdict.DidNotHold);
        Assert.All(predicates.SelectMany(predicate => predicate.Parts).SelectMany(part => part.Evidence), one => Assert.Equal(TestMethod.UnpairedNormal, one.Test.Method));
    }

    [Fact]
    public void The_published_numbers_are_those_of_the_facts()
    {
        var predicates = StudyPredicates.Of(PublishedStudy.Load()).ToDictionary(predicate => predicate.Id);

        Assert.Equal((1017 - 997) / 1319.0, predicates["A1"].Parts[0].MeanGain, 1e-12);
        Assert.Equal(10, predicates["A2"].Parts[0].Evidence.Count);
        Assert.Equal(["M4+M1 M4", "M4+M2 M4", "M5+M1 M5", "M5+M2 M5"], Pairs(predicates["A3"].Parts[0]));
        Assert.Equal(["M4+M3 M4", "M5+M3 M5"], Pairs(predicates["A4"].Parts[1]));
        Assert.Equal(6, predicates["A4"].Parts[2].Evidence.Count);
        Assert.Equal(["M3+M2 M3+M1", "M4+M3 M4+M1", "M4+M3 M4+M2", "M5+M4 M5+M1", "M5+M4 M5+M2", "M5+M4 M5+M3"], Pairs(predicates["A5"].Parts[1]));
        Assert.Contains("M1-FT over M1+M2 +26.2, M2-FT over M2+M1 +24.2, M3-FT over M3+M2 +20.5, M4-FT over M4+M5 +2.8, M5-FT over M5+M4 -1.5", predicates["A6"].Observations[0], StringComparison.Ordinal);
        Assert.Contains("M2 50.3 to 49.7 at step 25000", predicates["A8"].Observations[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_stages_the_reason_is_given_and_nothing_of_it_can_hold()
    {
        var predicates = StudyPredicates.Of(Small with { Stages = new Dictionary<string, int>() }).ToDictionary(predicate => predicate.Id);

        Assert.Null(predicates["A3"].Verdict);
        Assert.Null(predicates["A3"].IsTrueOfScores);
        Assert.Equal([StudyShape.NoStages], predicates["A4"].Missing);
        Assert.Equal(Verdict.Held, Assert.Single(predicates["A8"].Parts).Verdict);
        Assert.Equal(Verdict.Undecided, predicates["A8"].Verdict);
    }

    [Fact]
    public void Three_checkpoints_of_two_stages_are_judged_by_the_same_words()
    {
        var predicates = StudyPredicates.Of(Small with { Stages = _stages }).ToDictionary(predicate => predicate.Id);

        Assert.Equal(["M3+M2 M3-FT"], Pairs(predicates["A1"].Parts[0]));
        // M1 is not the last checkpoint of the first stage, M2 is.
        Assert.Equal(["M3+M1 M3"], Pairs(predicates["A3"].Parts[0]));
        Assert.Equal(["M3+M1-CT M3-FT"], Pairs(predicates["A3"].Parts[1]));
        Assert.Equal(["M1+M2 M1", "M2+M1 M2"], Pairs(predicates["A4"].Parts[0]));
        Assert.Equal(["M3+M2 M3"], Pairs(predicates["A4"].Parts[1]));
        Assert.Equal(["M1+M3 M1", "M2+M3 M2"], Pairs(predicates["A4"].Parts[2]));
        Assert.Equal(Verdict.Held, predicates["A3"].Parts[0].Verdict);
        Assert.False(predicates["A3"].IsTrueOfScores);
        // Bits per byte are neither choices nor generated answers.
        Assert.Null(predicates["A7"].Verdict);
    }

    [Fact]
    public void Items_make_the_tests_paired()
    {
        var (better, worse) = (ItemsOf([.. Enumerable.Range(0, 40).Select(i => i < 30 ? 1.0 : 0)]), ItemsOf([.. Enumerable.Range(0, 40).Select(i => i < 20 ? 1.0 : 0)]));
        var task = new TaskResults("exact_match", 40) { Pt = Scores(("M1", 0.1), ("M2", 0.1)), Ft = Map(("M2", Last(worse))), Merge = Map(("M2", Map(("M1", better)) as IReadOnlyDictionary<string, Score>)) };

        var claim = StudyPredicates.Of(Small with { Tasks = Map(("t", task)) })[0].Parts[0];

        // Ten items that only the merge gets right: 2 / 2^10.
        Assert.Equal((TestMethod.McNemar, 0.25, Verdict.Held), (claim.Evidence[0].Test.Method, claim.MeanGain, claim.Verdict));
        Assert.Equal(2.0 / 1024, claim.P, 1e-12);
    }

    [Fact]
    public void Choices_that_stay_within_two_points_are_told_from_both_sides()
    {
        var side = new TaskResults("acc_raw", 1000)
        {
            Pt = Map(("M1", ScoreOf(0.70, 0.003)), ("M2", ScoreOf(0.70, 0.003))),
            Ft = Map(("M1", Last(ScoreOf(0.70, 0.003))), ("M2", Last(ScoreOf(0.69, 0.003)))),
        };

        var held = StudyPredicates.Of(Small with { Tasks = Map(("sums", Sums), ("side", side)) })[6];
        var fell = StudyPredicates.Of(Small with { Tasks = Map(("sums", Sums), ("side", side with { Ft = Map(("M1", Last(ScoreOf(0.60, 0.003)))) })) })[6];

        Assert.Equal((Verdict.Held, 2), (held.Verdict, held.Parts.Count));
        Assert.Equal(Verdict.DidNotHold, fell.Verdict);
    }

    [Fact]
    public void The_p_of_a_part_about_each_is_the_largest_or_corrected()
    {
        var holds = new ClaimBuilder("", Scope.Each, Metric.Of("acc_raw")).Better("a", ScoreOf(0.6), "b", ScoreOf(0.5)).Better("c", ScoreOf(0.9), "d", ScoreOf(0.5)).Build().Single();
        var falls = new ClaimBuilder("", Scope.Each, Metric.Of("acc_raw")).Better("a", ScoreOf(0.4), "b", ScoreOf(0.5)).Better("c", ScoreOf(0.9), "d", ScoreOf(0.5)).Build().Single();

        Assert.Equal(holds.Evidence[0].Test.P, holds.P);
        Assert.Equal(2 * falls.Evidence[0].Test.P, falls.P);
        Assert.False(falls.IsTrueOfScores);
    }

    [Fact]
    public void A_study_of_nothing_has_none() => Assert.Empty(StudyPredicates.Of(new Results(Small.Study)));

    private static IReadOnlyList<StepScore> Last(Score score) => [new StepScore(null, score)];

    private static IEnumerable<string> Pairs(Claim claim) => claim.Evidence.Select(one => $"{one.First.Name} {one.Second.Name}");
}
