using Graft.Cli.Report;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class ResultsJsonTests
{
    private static readonly string _score = Score(0.1, 0.025);

    [Fact]
    public void A_study_with_every_part_is_written_in_the_fixed_shape()
    {
        var task = new TaskResults("exact_match", 200)
        {
            Pt = Scores(("M1", 0.1)),
            Ft = Map(("M1", Curve((40, 0.1), (240, 0.3))), ("M2", Given(0.1))),
            Merge = Map(("M2", Scores(("M1", 0.1)))),
            Continual = Map<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(("M2", Map(("M1", Curve((40, 0.1)))))),
            Recurrent = Map(("M3", new RecurrentScores(ScoreOf(0.1), Curve((40, 0.1))))),
            Control = Map(("M1", Curve((40, 0.1)))),
        };
        var results = new Results(new StudyInfo(3, "quick", TimeSpan.FromSeconds(12.3456))) { Checkpoints = Map(("M2+M1", DigestOf("x"))), Tasks = Map(("gsm", task)) };

        var expected = """
            {"schema":1,"seed":3,"preset":"quick","wall_seconds":12.346,"checkpoints":{"M2+M1":"DIGEST"},"tasks":{"gsm":{"metric":"exact_match","items":200,
            "pt":{"M1":SCORE},
            "ft":{"M1":{"40":SCORE,"240":OTHER},"M2":{"final":SCORE}},
            "merge":{"M2":{"M1":SCORE}},
            "continual":{"M2":{"M1":{"40":SCORE}}},
            "recurrent":{"M3":{"merged":SCORE,"trained":{"40":SCORE}}},
            "control":{"M1":{"40":SCORE}}}}}
            """;
        expected = expected.Replace("DIGEST", $"{DigestOf("x")}").Replace("OTHER", Score(0.3, 0.025)).Replace("SCORE", _score);
        Assert.Equal(Compact(expected), Compact(ResultsJson.Write(results)));
    }

    [Fact]
    public void Parts_that_did_not_run_are_absent()
    {
        var results = new Results(new StudyInfo(0, "x", TimeSpan.Zero)) { Tasks = Map(("gsm", new TaskResults("acc_raw", 5) { Pt = Scores(("M1", 0.1)) })) };

        Assert.Equal(
            """{"schema":1,"seed":0,"preset":"x","wall_seconds":0,"checkpoints":{},"tasks":{"gsm":{"metric":"acc_raw","items":5,"pt":{"M1":SCORE}}}}""".Replace("SCORE", _score),
            Compact(ResultsJson.Write(results)));
    }

    [Fact]
    public void A_recurrent_base_that_was_only_merged_has_no_trained()
    {
        var task = new TaskResults("acc_raw", 5) { Recurrent = Map(("M2", new RecurrentScores(ScoreOf(0.1), []))) };

        var text = ResultsJson.Write(new Results(new StudyInfo(0, "x", TimeSpan.Zero)) { Tasks = Map(("gsm", task)) });

        Assert.Contains("""{"M2":{"merged":SCORE}}""".Replace("SCORE", _score), Compact(text), StringComparison.Ordinal);
        Assert.Empty(ResultsJson.Read(text).Tasks["gsm"].Recurrent["M2"].Trained);
    }

    [Fact]
    public void What_is_written_is_indented_ends_in_a_line_feed_and_keeps_plus_signs()
    {
        var text = ResultsJson.Write(Small);

        Assert.StartsWith("{\n  \"schema\": 1,\n", text, StringComparison.Ordinal);
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
        Assert.Contains("\"M2+M1\": \"", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', text);
    }

    [Fact]
    public void Reading_gives_back_what_was_written()
    {
        var read = ResultsJson.Read(ResultsJson.Write(Small));

        Assert.Equal(ResultsJson.Write(Small), ResultsJson.Write(read));
        Assert.Equal(Small.Study, read.Study);
        Assert.Equal(Small.Checkpoints, read.Checkpoints);
        Assert.Equal(0.58, read.Tasks["sums"].Trained("M3", "M1")!.Value);
        Assert.Null(read.Tasks["facts"].Ft["M1"][0].Step);
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1.0 / 3)]
    [InlineData(5e-324)]
    [InlineData(1.7976931348623157e308)]
    public void Doubles_come_back_bit_for_bit(double value)
    {
        var task = new TaskResults("bits_per_byte", 1) { Pt = Map(("M1", ScoreOf(value))) };

        var read = ResultsJson.Read(ResultsJson.Write(new Results(new StudyInfo(0, "x", TimeSpan.Zero)) { Tasks = Map(("t", task)) }));

        Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(read.Tasks["t"].Pt["M1"].Value));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"schema":2}""")]
    [InlineData("""{"schema":1,"seed":0,"preset":"x","wall_seconds":0,"checkpoints":{"M1":"short"},"tasks":{}}""")]
    [InlineData("""{"schema":1,"seed":0,"preset":"x","wall_seconds":0,"checkpoints":{},"tasks":{"t":{"metric":"m","items":1,"ft":{"M1":{}}}}}""")]
    [InlineData("""{"schema":1,"seed":0,"preset":"x","wall_seconds":0,"checkpoints":{},"tasks":{"t":{"metric":"m","items":1,"ft":{"M1":{"forty":{}}}}}}""")]
    [InlineData("""{"schema":1,"seed":0,"preset":"x","wall_seconds":0,"checkpoints":{},"tasks":{"t":{"metric":"m","items":1,"pt":{"M1":0.5}}}}""")]
    public void Anything_else_is_refused(string text)
    {
        var fault = Assert.Throws<FaultException>(() => ResultsJson.Read(text));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
    }

    private static string Score(double value, double error) => $$"""{"value":{{value}},"stderr":{{error}},"evaluation":"{{DigestOf($"{value} {error}")}}"}""";

    private static string Compact(string json) => new([.. json.Where(c => !char.IsWhiteSpace(c))]);
}
