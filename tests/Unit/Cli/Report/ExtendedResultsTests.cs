using Graft.Cli.Report;
using Graft.Cli.Report.Statistics;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

/// <summary>Seeds, scales, steps of vectors, paths and soups: from cells to every format.</summary>
public sealed class ExtendedResultsTests
{
    [Fact]
    public void Seeds_become_means_with_their_deviation()
    {
        var score = Build().Tasks["gsm"].Tuned("M1")!;

        Assert.Equal(0.6, score.Value, 1e-12);
        Assert.Equal([1UL, 2UL, 3UL], score.Seeds.Select(seed => seed.Seed));
        // 0.5, 0.6, 0.7: standard deviation 0.1; its error of the mean and the items' 0.025 add as squares.
        Assert.Equal(0.1, score.Deviation!.Value, 1e-12);
        Assert.Equal(double.Hypot(0.025, 0.1 / Math.Sqrt(3)), score.StandardError, 1e-12);
    }

    [Fact]
    public void Two_means_of_the_same_seeds_are_compared_seed_by_seed_and_item_by_item()
    {
        var (a, b) = (Seeded((1, ItemsOf(1, 1, 0, 1)), (2, ItemsOf(1, 0, 0, 1))), Seeded((1, ItemsOf(1, 0, 0, 0)), (2, ItemsOf(0, 0, 0, 0))));

        var test = Comparison.Of(Metric.Of("exact_match"), a, b);

        // Seeds gain 0.5 and 0.5; the items' mean gains are 0.5, 0.5, 0, 1.
        Assert.Equal((TestMethod.PairedSeeds, 0.5), (test.Method, test.Gain));
        Assert.Equal(Math.Sqrt(0.5 / 3 / 4), test.StandardError, 1e-12);
    }

    [Fact]
    public void Scales_and_steps_of_vectors_are_matrices_of_their_own()
    {
        var task = Build().Tasks["gsm"];

        Assert.Equal([(1.0, 40), (0.5, 0)], task.Slices.Select(slice => (slice.Scale, slice.VectorStep)));
        Assert.Equal(0.35, task.Slices[1].Merge["M2"]["M1"].Value);
        Assert.Equal(0.45, task.Merged("M2", "M1")!.Value);
    }

    [Fact]
    public void Paths_end_at_the_models_they_lead_to_and_tell_their_barrier()
    {
        var path = Assert.Single(Build().Tasks["gsm"].Paths);

        Assert.Equal(("M2-FT", "M2+M1"), (path.Beginning, path.End));
        Assert.Equal([0, 0.5, 1], path.Points.Select(point => point.At));
        // Ends 0.55 and 0.45, the middle 0.3: 0.2 below the line. Losses 1.2, 1.5, 1.2: 0.3 above it.
        Assert.Equal((0.2, 0.5), (Math.Round(path.Barrier(score => score.Value, false)!.Value.Height, 12), path.Barrier(score => score.Value, false)!.Value.At));
        Assert.Equal(0.3, path.Barrier(score => score.BitsPerByte, true)!.Value.Height, 1e-12);
        Assert.Equal((0, 0), (path with { Points = [new(0, ScoreOf(0.1)), new(0.5, ScoreOf(0.9)), new(1, ScoreOf(0.1))] }).Barrier(score => score.Value, false));
        Assert.Null((path with { Points = [new(0.5, ScoreOf(0.9))] }).Barrier(score => score.Value, false));
    }

    [Fact]
    public void Csv_has_a_line_for_each_evaluation_with_every_field_of_its_cell()
    {
        var lines = ResultsCsv.Write(Build()).TrimEnd('\n').Split('\n');

        Assert.Equal("task,metric,items,experiment,base,source,step,scale,seed,vector_step,variant,value,stderr,count,bits_per_byte,evaluation,recipe,model", lines[0]);
        Assert.Equal(1 + Cells().Count(), lines.Length);
        Assert.Contains($"gsm,exact_match,200,merge,M2,M1,0,0.5,,0,,0.35,0.025,,,{DigestOf("0.35 0.025")},,", lines);
        Assert.Contains($"gsm,exact_match,200,ft,M1,,80,0,2,0,,0.6,0.025,,,{DigestOf("0.6 0.025")},,", lines);
        Assert.Contains(lines, line => line.StartsWith("gsm,exact_match,200,soup,M2,M1+M3,0,1,,0,both,", StringComparison.Ordinal));
    }

    [Fact]
    public void Json_of_all_parts_is_read_as_it_was_written()
    {
        var text = ResultsJson.Write(Build());

        Assert.Equal(text, ResultsJson.Write(ResultsJson.Read(text)));
        Assert.Equal(0.1, ResultsJson.Read(text).Tasks["gsm"].Tuned("M1")!.Deviation!.Value, 1e-12);
    }

    [Fact]
    public void Markdown_has_deviations_slices_barriers_and_soups()
    {
        var text = ResultsMarkdown.Write(Build());

        Assert.Contains("60.0 \u00B16.3 (sd 10.0)", text, StringComparison.Ordinal);
        Assert.Contains("At scale 0.5.", text, StringComparison.Ordinal);
        Assert.Contains("| M2-FT to M2+M1 | 0: 55.0, 0.5: 30.0, 1: 45.0 | 20.0 |", text, StringComparison.Ordinal);
        Assert.Contains("| M2 | both | M1+M3 | 48.0 \u00B12.5 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_shows_them_all()
    {
        var html = HtmlReport.Render(Build());

        foreach (var heading in new[] { "Sweep of the scale", "Vectors of earlier steps of the fine-tuning", "Interpolation paths", "Soups: several vectors at once" })
        {
            Assert.Contains($"<h3>{heading}</h3>", html, StringComparison.Ordinal);
        }

        Assert.Contains("sd&#160;10.0", html, StringComparison.Ordinal);
        Assert.Contains("<td>20.0 at 0.5</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_run_says_why_at_the_top()
    {
        var run = new RunFacts("0123456789abcdef", "study", V1.RunState.Failed)
        {
            Steps =
            [
                new StepFacts("train/M1", "train", V1.StepState.Failed) { Error = "The loss is <NaN>." },
                new StepFacts("evaluate/M1", "evaluate", V1.StepState.Blocked) { Needs = ["train/M1"] },
            ],
        };

        var html = HtmlReport.Render(Build() with { Run = run });

        Assert.Contains("failed: 0 of 2 steps done, 1 failed, 1 could not be done because of that", html, StringComparison.Ordinal);
        Assert.Contains("<code>train/M1</code>: The loss is &lt;NaN&gt;.", html, StringComparison.Ordinal);
        Assert.True(html.IndexOf("This run is not complete", StringComparison.Ordinal) < html.IndexOf("In short", StringComparison.Ordinal));
        Assert.Contains("<a href=\"#step-0\">train/M1</a>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_count_what_was_done_and_what_the_cache_saved()
    {
        var run = new RunFacts("x", "study", V1.RunState.Succeeded)
        {
            Steps =
            [
                new StepFacts("t", "train", V1.StepState.Succeeded) { Elapsed = TimeSpan.FromSeconds(10), Artifact = DigestOf("log"), StoredBytes = 5 },
                new StepFacts("t@1", "checkpoint", V1.StepState.Hit) { Needs = ["t"], Artifact = DigestOf("c"), StoredBytes = 100 },
                new StepFacts("u", "train", V1.StepState.Hit) { Saved = TimeSpan.FromSeconds(7), Artifact = DigestOf("log 2"), StoredBytes = 6 },
                new StepFacts("v", "train", V1.StepState.Hit) { Artifact = DigestOf("log 2"), StoredBytes = 6 },
            ],
        };

        var costs = RunCosts.Of(run);

        Assert.Equal(new KindCost("train", 3, 1, TimeSpan.FromSeconds(10), 2, TimeSpan.FromSeconds(7), 1, 11), costs.Kinds[0]);
        // Made by a training of this run: no hit.
        Assert.Equal(new KindCost("checkpoint", 1, 1, TimeSpan.Zero, 0, TimeSpan.Zero, 0, 100), costs.Kinds[1]);
        Assert.Equal(111, costs.Total.Bytes);
    }

    private static Results Build()
    {
        var cells = Cells().ToList();
        return new Results(Small.Study) { Cells = cells, Tasks = ResultsBuilder.TasksOf(cells, ["M1", "M2", "M3"]) };
    }

    private static IEnumerable<CellScore> Cells()
    {
        yield return Cell("pt", "M1", "", 0, 0, 0.1);
        yield return Cell("pt", "M2", "", 0, 0, 0.2);
        foreach (var seed in new ulong[] { 3, 1, 2 })
        {
            var cell = Cell("ft", "M1", "", 80, 0, 0.4 + (0.1 * seed));
            cell.Cell.Seed = seed;
            yield return cell with { Score = ScoreOf(Math.Round(0.4 + (0.1 * seed), 1)) };
        }

        yield return Cell("ft", "M2", "", 80, 0, 0.55, 1.2);
        yield return Cell("merge", "M2", "M1", 0, 1, 0.45, 1.2);
        yield return Cell("merge", "M2", "M1", 0, 0.5, 0.35);
        var early = Cell("merge", "M2", "M1", 0, 1, 0.3);
        early.Cell.VectorStep = 40;
        yield return early;
        var middle = Cell("interpolation", "M2", "M1", 0, 0.5, 0.3, 1.5);
        middle.Cell.Variant = "barrier";
        yield return middle;
        var soup = Cell("soup", "M2", "M1+M3", 0, 1, 0.48);
        soup.Cell.Variant = "both";
        yield return soup;
    }

    private static CellScore Cell(string experiment, string at, string source, int step, double scale, double value, double? loss = null) => new(
        "gsm", "exact_match", 200, new V1.Cell { Experiment = experiment, Base = at, Source = source, Step = step, Scale = scale }, ScoreOf(value) with { BitsPerByte = loss });

    private static Score Seeded(params (ulong Seed, Score Score)[] seeds) => SeedMeans.Of(seeds.Select(seed =>
        new PlacedScore(new V1.Cell { Experiment = "ft", Base = "M1", Step = 1, Seed = seed.Seed }, seed.Score)))[0].Score;
}
