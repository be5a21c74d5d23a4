using Graft.Cli.Report;
using Graft.Cli.Report.Published;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report.Published;

public sealed class PublishedStudyTests
{
    private static readonly TaskResults _task = PublishedStudy.Load().Tasks[PublishedStudy.Task];

    [Theory]
    [InlineData("77.10", 1017)]
    [InlineData("75.58", 997)]
    [InlineData("65.5", 864)]
    [InlineData("73", 963)]
    [InlineData("76.8", 1013)]
    [InlineData("52.01", 686)] // rounded: 52.009
    [InlineData("55.52", null)] // a misprint: 732 is 55.49, 733 is 55.57
    [InlineData("78.7", 1038)] // the paper rounds: 78.696
    [InlineData("57.6", 760)]
    public void A_percentage_stands_for_a_count_of_items(string printed, int? count) => Assert.Equal(count, PrintedScore.Count(printed, 1319));

    [Fact]
    public void Printed_again_every_count_gives_its_text()
    {
        var counted = PublishedStudy.Load().Cells.Where(cell => cell.Score.Count is not null).ToList();

        Assert.Equal(PublishedStudy.Load().Cells.Count(cell => cell.Task == PublishedStudy.Task) - 1, counted.Count);
        Assert.All(counted, cell => Assert.Equal((double)cell.Score.Count!.Value / 1319, cell.Score.Value));
    }

    [Fact]
    public void The_tables_have_all_their_cells()
    {
        Assert.Equal(["M1", "M2", "M3", "M4", "M5"], _task.Trajectory);
        Assert.Equal(20, _task.Merge.Sum(column => column.Value.Count));
        Assert.Equal(20, _task.Continual.Sum(column => column.Value.Count));
        Assert.Equal(30, _task.Ft.Sum(curve => curve.Value.Count));
        Assert.Equal(["5000", "10000", "15000", "20000", "25000", "30000"], _task.Curve("M3", "M2")!.Select(point => point.Key));
        Assert.Equal(["30000"], _task.Curve("M4", "M5")!.Select(point => point.Key));
        Assert.Equal(["M3", "M4", "M5"], _task.Recurrent.Keys);
        // sqrt(p (1 - p) / (n - 1)) of 1017 in 1319.
        Assert.Equal(0.01157, _task.Merged("M5", "M4")!.StandardError, 1e-5);
    }

    [Fact]
    public void Laid_beside_themselves_the_tables_do_not_differ()
    {
        var comparison = PublishedComparison.Of(PublishedStudy.Load());

        Assert.True(comparison.IsSameTask);
        Assert.Equal(5 + 5 + 20 + 20 + 3, comparison.Cells.Count);
        Assert.All(comparison.Cells, cell => Assert.Equal((cell.Published.Value, 1.0), (cell.Own.Value, cell.P)));
    }

    [Fact]
    public void Checkpoints_are_matched_by_their_place_and_p_is_unpaired()
    {
        string[] names = ["a", "b", "c", "d", "e"];
        var task = new TaskResults("exact_match", 1319) { Pt = Scores([.. names.Select(name => (name, 0.5))]) };

        var comparison = PublishedComparison.Of(new Results(Small.Study) { Tasks = Map(("gsm8k::tulu", task)) });

        Assert.True(comparison.IsSameTask);
        var cell = comparison.Cells.Single(cell => cell.Model == "e");
        Assert.Equal(864, cell.Published.Count);
        // (0.5 - 0.655) / hypot(0.025, 0.01309)
        Assert.Equal(Graft.Evaluator.Statistics.NormalDistribution.TwoSidedP(5.4936), cell.P, 1e-9);
    }

    [Fact]
    public void A_run_of_another_shape_is_refused()
    {
        var fault = Assert.Throws<FaultException>(() => PublishedComparison.Of(Small));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Equal(
            "The published tables are of 5 checkpoints on GSM8K; this run has 3 checkpoints, scored on sums by exact_match. Leave --published away.",
            fault.Message);
    }
}
