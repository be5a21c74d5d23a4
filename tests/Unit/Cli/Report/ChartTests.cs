using CsCheck;
using Graft.Cli.Report;
using Graft.Cli.Report.Html;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class ChartTests
{
    private static readonly Metric _accuracy = Metric.Of("acc_raw");

    [Theory]
    [InlineData(0.04, 0.83, 0.0, 1.0, 0.2)]
    [InlineData(1.5, 2.2, 1.4, 2.2, 0.2)]
    [InlineData(0.5, 0.5, 0.5, 0.51, 0.01)]
    public void Axes_begin_and_end_at_round_numbers(double low, double high, double first, double last, double step)
    {
        var axis = Axis.Around([low, high]);

        Assert.Equal((first, last, step), (Math.Round(axis.Low, 9), Math.Round(axis.High, 9), Math.Round(axis.Step, 9)));
    }

    [Fact]
    public void Every_value_lies_on_its_axis_and_the_ticks_are_few() => Gen.Double[-1e6, 1e6].Array[1, 10].Sample(values =>
    {
        var axis = Axis.Around(values);
        return values.All(value => axis.Share(value) is >= -1e-9 and <= 1 + 1e-9) && axis.Ticks.Count() is >= 2 and <= 12;
    });

    [Fact]
    public void A_curve_has_a_band_of_one_error_and_a_mark_for_each_point()
    {
        var series = new Series("fine-tuning", new Mark("ft", 0), [(0, ScoreOf(0, 0)), (10, ScoreOf(0.5, 0.25)), (20, ScoreOf(1, 0))]);

        var html = LineChart.Render("id", "title", _accuracy, new Axis(0, 1, 0.5), [series]).ToString();

        // 52..322 from left to right, 238 (0) to 14 (1) upwards; a quarter is 56 pixels.
        Assert.Contains("<path class=\"band ft\" d=\"M52 238L187 70L322 14L322 14L187 182L52 238z\"/>", html, StringComparison.Ordinal);
        Assert.Contains("<path class=\"line ft\" d=\"M52 238L187 126L322 14\"/>", html, StringComparison.Ordinal);
        Assert.Contains("<title>fine-tuning, step 10: 50.0&#160;&#177;&#160;25.0&#160;%</title>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Many_steps_are_labelled_sparsely_up_to_the_last()
    {
        var series = new Series("x", new Mark("ft", 0), [.. Enumerable.Range(1, 30).Select(i => (i, ScoreOf(0.5)))]);

        var html = LineChart.Render("id", "title", _accuracy, new Axis(0, 1, 0.5), [series]).ToString();

        Assert.Contains(">30</text>", html, StringComparison.Ordinal);
        Assert.DoesNotContain(">29</text>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Whiskers_span_one_error_each_way()
    {
        var html = DotChart.Render("id", "title", _accuracy, new Axis(0, 1, 0.5), "base", [("M1", [new Dot("one step", new Mark("s0", 0), ScoreOf(0.5, 0.25))])]).ToString();

        Assert.Contains("<path class=\"whisker s0\" d=\"M187 182V70\"/>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_escaped_and_fragments_are_not()
    {
        var inner = Fragment.Of($"<b>{"a < b"}</b>");

        Assert.Equal("<p><b>a &lt; b</b> 1.5 2</p>", Fragment.Of($"<p>{inner} {1.5} {2}</p>").ToString());
    }
}
