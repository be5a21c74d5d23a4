using System.Text.RegularExpressions;
using Graft.Cli.Report;
using Graft.Cli.Report.Tables;
using Spectre.Console;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class StudyTablesTests
{
    [Fact]
    public void The_tables_of_accuracies_fit_80_columns()
    {
        var text = Write(Small with { Tasks = Map(("sums", Sums)), Stages = new Dictionary<string, int>() });

        Assert.StartsWith(
            """
            -- sums ------------------------------------------------------------------------
            exact match in % +- standard error, 200 items, higher is better

            Pretrained (PT) and fine-tuned (FT)
                           M1          M2          M3
            PT     10.0 +-2.5  20.0 +-2.5  40.0 +-2.5
            FT 10  20.0 +-2.5  35.0 +-2.5  50.0 +-2.5
            FT 20  30.0 +-2.5  45.0 +-2.5  60.0 +-2.5

            Merged, no training: row = vector, column = base, * = best of the column
                         M1           M2           M3
            M1            -  *25.0 +-2.5   30.0 +-2.5
            M2  *15.0 +-2.5            -  *55.0 +-2.5
            M3   12.0 +-2.5  *25.0 +-2.5            -

            Continual training: as merged, after each step; FT-CT = FT trained on as long
                       merged    10          20          FT       FT-CT
            M2+M1  25.0 +-2.5  50.0  56.0 +-2.5  45.0 +-2.5  57.0 +-2.5
            M3+M1  30.0 +-2.5  46.0  58.0 +-2.5  60.0 +-2.5  70.0 +-2.5
            M3+M2  55.0 +-2.5  61.0  65.0 +-2.5  60.0 +-2.5  70.0 +-2.5

            Recurrent against one step
                                  M3
            one step      55.0 +-2.5
            recurrent     62.0 +-2.5
            one step CT   65.0 +-2.5
            recurrent CT  71.0 +-2.5
            FT            60.0 +-2.5
            FT-CT         70.0 +-2.5

            -- Findings of the study -------------------------------------------------------
            undecided      A1 Without training, the last base with its neighbour's vector
            """.ReplaceLineEndings("\n"),
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void Bits_per_byte_have_three_digits_and_the_lowest_is_best()
    {
        var text = Write(Small with { Tasks = Map(("facts", Facts)) });

        Assert.Contains(
            """
            bits per byte +- standard error, 50 items, lower is better

            Pretrained (PT) and fine-tuned (FT)
                          M1            M2            M3
            PT  2.000 +-.025  1.500 +-.025  1.250 +-.025
            FT  2.125 +-.025  1.563 +-.025  1.375 +-.025

            Merged, no training: row = vector, column = base, * = best of the column
                M1             M2             M3
            M1   -   1.750 +-.025  *1.500 +-.025
            M2   -              -  *1.500 +-.025
            M3   -  *1.625 +-.025              -

            """.ReplaceLineEndings("\n"),
            text, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_seeds_are_shown_with_their_deviation()
    {
        var seeds = new SeedScore[] { new(1, 0.5, 0.025, DigestOf("1")), new(2, 0.6, 0.025, DigestOf("2")), new(3, 0.7, 0.025, DigestOf("3")) };
        var task = new TaskResults("exact_match", 200)
        {
            Pt = Scores(("M1", 0.1)),
            Ft = Map<IReadOnlyList<StepScore>>(("M1", [new StepScore(20, ScoreOf(0.6) with { Seeds = seeds })])),
        };

        var text = Write(new Results(Small.Study) { Tasks = Map(("sums", task)) });
        var recurrent = Write(new Results(Small.Study)
        {
            Tasks = Map(("sums", new TaskResults("exact_match", 200) { Recurrent = Map(("M2", new RecurrentScores(ScoreOf(0.6) with { Seeds = seeds }, []))) })),
        });

        Assert.Contains("standard deviation of 3 seeds", recurrent, StringComparison.Ordinal);
        Assert.Contains("exact match in % +- standard deviation of 3 seeds (of one: standard error), 200", text, StringComparison.Ordinal);
        Assert.Contains("PT      10.0 +-2.5\n", text, StringComparison.Ordinal);
        Assert.Contains("FT 20  60.0 +-10.0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_line_is_wider_than_the_console()
    {
        string[] names = [.. Enumerable.Range(1, 12).Select(i => $"M{i}")];
        var curve = Curve([.. Enumerable.Range(1, 30).Select(i => (i * 1000, 1.5))]);
        var task = new TaskResults("bits_per_byte", 10)
        {
            Pt = Scores([.. names.Select(name => (name, 1.5))]),
            Continual = Map<IReadOnlyDictionary<string, IReadOnlyList<StepScore>>>(("M12", Map(("M11", curve)))),
            Control = Map(("M12", curve)),
            Ft = Map(("M12", curve)),
            Merge = Map(("M12", Scores(("M11", 1.5)))),
        };

        var text = Write(Small with { Tasks = Map(("t", task)) });

        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.All(names, name => Assert.Contains(name, text, StringComparison.Ordinal));
        Assert.Contains("  30000", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Wide_deviations_make_no_line_wider()
    {
        var seeds = new SeedScore[] { new(1, 0.3, 0.025, DigestOf("1")), new(2, 0.6, 0.025, DigestOf("2")), new(3, 0.9, 0.025, DigestOf("3")) };
        string[] names = [.. Enumerable.Range(1, 6).Select(i => $"M{i}")];
        var task = new TaskResults("exact_match", 200) { Ft = Map([.. names.Select(name => (name, (IReadOnlyList<StepScore>)[new StepScore(20, ScoreOf(0.6) with { Seeds = seeds })]))]) };

        var text = Write(new Results(Small.Study) { Tasks = Map(("sums", task)) });

        Assert.Contains("60.0 +-30.0", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n').SkipWhile(line => !line.Contains("M1")), line => Assert.InRange(line.Length, 0, 80));
    }

    [Fact]
    public void Thinned_steps_keep_the_last() => Assert.Equal(["2", "4", "6"], ContinualTable.Thinned(["1", "2", "3", "4", "5", "6"], 3));

    [Fact]
    public void Colour_changes_no_character()
    {
        var colored = Write(Small, color: true);

        Assert.Contains("\u001b[1;32m*25.0 +-2.5\u001b[0m", colored, StringComparison.Ordinal);
        Assert.Equal(Write(Small), Trimmed(Regex.Replace(colored, "\u001b\\[[0-9;]*m", "")));
    }

    [Fact]
    public void Names_are_not_markup()
    {
        var task = new TaskResults("acc_raw", 10) { Pt = Scores(("[red]", 0.5)), Merge = Map(("[red]", Scores(("[/]", 0.5)))) };

        var text = Write(Small with { Tasks = Map(("[b]task[/]", task)) });

        Assert.Contains("[b]task[/]", text, StringComparison.Ordinal);
        Assert.Contains("[red]", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_study_writes_nothing() => Assert.Equal("", Write(new Results(Small.Study)));

    private static string Write(Results results, bool color = false)
    {
        var text = new StringWriter { NewLine = "\n" };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = color ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = 80;
        console.Profile.Capabilities.Unicode = false;
        StudyTables.Write(console, results);
        return Trimmed(text.ToString());
    }

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd(' ')));
}
