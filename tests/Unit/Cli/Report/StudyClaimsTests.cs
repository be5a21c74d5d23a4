using Graft.Cli.Report;
using Graft.Cli.Report.Claims;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class StudyClaimsTests
{
    [Fact]
    public void A_complete_study_is_judged_on_every_claim()
    {
        var claims = StudyClaims.Of(Small);

        Assert.Equal(
        [
            "Undecided: Without training, the vector of the nearest predecessor improves every base.",
            "Held: At every base, training from the merge with the nearest predecessor's vector is ahead of plain fine-tuning at the first evaluated step.",
            "Undecided: On average, continual training of a forward merge ends above fine-tuning alone.",
            "Undecided: On average, it also ends above the compute-matched control: the fine-tuned checkpoint trained on for a second budget.",
            "Held: On average, recurrent merging beats one step before any training at the new base.",
            "Undecided: On average, recurrent merging beats one step after continual training.",
            "DidNotHold: On average, fine-tuning costs less than 0.032 bits per byte on facts, against the pretrained checkpoint.",
            "DidNotHold: On average, merging the nearest predecessor's vector costs less than 0.032 bits per byte on facts, against the pretrained checkpoint.",
        ],
        claims.Select(claim => $"{claim.Verdict}: {claim.Statement}"));
    }

    [Fact]
    public void Each_claim_rests_on_the_comparisons_it_names()
    {
        var claims = StudyClaims.Of(Small);

        Assert.Equal(["M2+M1-CT/10 > M2-FT/10", "M3+M2-CT/10 > M3-FT/10"], Pairs(claims, "At every base, training"));
        Assert.Equal(["M2+M1-CT > M2-FT", "M3+M1-CT > M3-FT", "M3+M2-CT > M3-FT"], Pairs(claims, "On average, continual"));
        Assert.Equal(["M2+M1-CT > M2-FT-CT", "M3+M1-CT > M3-FT-CT", "M3+M2-CT > M3-FT-CT"], Pairs(claims, "On average, it also"));
        Assert.Equal(["M3+rec-CT > M3+M2-CT"], Pairs(claims, "On average, recurrent merging beats one step after"));
    }

    [Fact]
    public void At_the_second_checkpoint_recurrent_is_one_step_and_proves_nothing()
    {
        var task = Sums with { Recurrent = Map(("M2", new RecurrentScores(ScoreOf(0.9), []))) };

        Assert.DoesNotContain(StudyClaims.Of(Small with { Tasks = Map(("sums", task)) }), claim => claim.Statement.Contains("recurrent", StringComparison.Ordinal));
    }

    [Fact]
    public void A_study_of_nothing_claims_nothing()
    {
        Assert.Empty(StudyClaims.Of(new Results(Small.Study)));
        Assert.Empty(StudyClaims.Of(new Results(Small.Study) { Tasks = Map(("sums", new TaskResults("acc_raw", 0))) }));
    }

    [Fact]
    public void Ten_checkpoints_keep_the_order_of_the_trajectory()
    {
        string[] names = [.. Enumerable.Range(1, 10).Select(i => $"M{i}")];
        var task = new TaskResults("acc_raw", 100) { Pt = Scores([.. names.Select(name => (name, 0.1))]), Merge = Map(("M10", Scores(("M2", 0.3), ("M9", 0.5)))) };

        Assert.Equal(["M10+M9 > M10"], Pairs(StudyClaims.Of(Small with { Tasks = Map(("t", task)) }), "Without training"));
    }

    private static IEnumerable<string> Pairs(IReadOnlyList<Claim> claims, string beginning) =>
        claims.Single(claim => claim.Statement.StartsWith(beginning, StringComparison.Ordinal)).Evidence.Select(one => $"{one.First.Name} > {one.Second.Name}");
}
