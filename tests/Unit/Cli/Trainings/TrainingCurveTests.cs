using Graft.Cli.Trainings;
using Xunit;

namespace Graft.Tests.Unit.Cli.Trainings;

public sealed class TrainingCurveTests
{
    [Fact]
    public void A_falling_line_in_braille()
    {
        var (lines, high, low) = TrainingCurve.Draw([8, 7, 6, 5, 4, 3, 2, 1], width: 4, height: 2, unicode: true);

        // Eight columns of dots, eight rows of them: a diagonal.
        Assert.Equal(["\u2811\u2884  ", "  \u2811\u2884"], lines);
        Assert.Equal((8, 1), (high, low));
    }

    [Fact]
    public void The_same_without_unicode()
    {
        var (lines, _, _) = TrainingCurve.Draw([4, 3, 2, 1], width: 6, height: 4, unicode: false);

        Assert.Equal(["*     ", " *    ", "  *   ", "   *  "], lines);
    }

    [Fact]
    public void More_values_than_columns_are_averaged()
    {
        var (lines, high, low) = TrainingCurve.Draw([1, 3, 5, 7, 9, 11], width: 3, height: 3, unicode: false);

        Assert.Equal(["  *", " * ", "*  "], lines);
        Assert.Equal((10, 2), (high, low));
    }

    [Fact]
    public void What_is_no_number_leaves_a_gap()
    {
        var (lines, high, low) = TrainingCurve.Draw([2, double.NaN, 1], width: 3, height: 2, unicode: false);

        Assert.Equal(["*  ", "  *"], lines);
        Assert.Equal((2, 1), (high, low));
        Assert.Empty(TrainingCurve.Draw([double.NaN, double.PositiveInfinity], 3, 2, unicode: true).Lines);
        Assert.Empty(TrainingCurve.Draw([], 3, 2, unicode: true).Lines);
    }

    [Fact]
    public void A_level_line_runs_in_the_middle() =>
        Assert.Equal(["   ", "***", "   "], TrainingCurve.Draw([5, 5, 5], width: 3, height: 3, unicode: false).Lines);
}
