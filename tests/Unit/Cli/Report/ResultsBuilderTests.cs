using System.Text;
using Graft.Artifacts;
using Graft.Cli.Report;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class ResultsBuilderTests
{
    private static readonly StudyInfo _info = new(7, "test", TimeSpan.FromSeconds(1));

    private readonly V1.Run _run = new() { Name = "study" };
    private readonly Dictionary<Digest, EvaluationFiles> _stored = [];

    [Fact]
    public async Task Every_cell_comes_to_its_place_in_the_order_of_the_trajectory()
    {
        // In no good order, and with names whose alphabetical order is another one.
        Evaluate(Cell("continual", "B", "Z", 20, 1), 0.7, "checkpoint");
        Evaluate(Cell("continual", "B", "Z", 10, 1), 0.6, "checkpoint");
        Evaluate(Cell("merge", "B", "Z", 0, 1), 0.5, "merge");
        Evaluate(Cell("merge", "A", "B", 0, 1), 0.55, "merge");
        Evaluate(Cell("merge", "A", "Z", 0, 1), 0.45, "merge");
        Evaluate(Cell("pt", "Z"), 0.1, "checkpoint");
        Evaluate(Cell("pt", "B"), 0.2, "checkpoint");
        Evaluate(Cell("pt", "A"), 0.3, "checkpoint");
        Evaluate(Cell("ft", "Z", step: 100), 0.35, "checkpoint");
        Evaluate(Cell("ft", "Z", step: 20), 0.25, "checkpoint");
        Evaluate(Cell("recurrent", "A", "B", 0, 1), 0.8, "merge");
        Evaluate(Cell("recurrent", "A", "B", 20, 1), 0.9, "checkpoint");
        Evaluate(Cell("control", "Z", step: 20), 0.4, "checkpoint");

        var task = (await Build()).Tasks["gsm"];

        Assert.Equal(["Z", "B", "A"], task.Pt.Keys);
        Assert.Equal(["Z", "B", "A"], task.Trajectory);
        Assert.Equal(["20", "100"], task.Ft["Z"].Select(point => point.Key));
        Assert.Equal(["B", "A"], task.Merge.Keys);
        Assert.Equal(["Z", "B"], task.Merge["A"].Keys);
        Assert.Equal([0.6, 0.7], task.Continual["B"]["Z"].Select(point => point.Score.Value));
        Assert.Equal(0.8, task.Recurrent["A"].Merged!.Value);
        Assert.Equal(["20"], task.Recurrent["A"].Trained.Select(point => point.Key));
        Assert.Equal(0.4, task.Controlled("Z")!.Value);
    }

    [Fact]
    public async Task Models_have_the_digests_their_steps_made()
    {
        Evaluate(Cell("control", "M1", step: 20), 0.4, "checkpoint");
        Evaluate(Cell("recurrent", "M2", "M1", 20, 1), 0.4, "checkpoint");
        Evaluate(Cell("recurrent", "M2", "M1", 0, 1), 0.4, "merge");
        Evaluate(Cell("pt", "M1"), 0.1, "checkpoint");
        Evaluate(Cell("ft", "M1", step: 10), 0.2, "checkpoint");
        Evaluate(Cell("ft", "M1", step: 20), 0.3, "checkpoint");
        Evaluate(Cell("merge", "M2", "M1", 0, 1), 0.3, "merge");
        Evaluate(Cell("continual", "M2", "M1", 20, 1), 0.3, "checkpoint");

        var models = (await Build()).Checkpoints;

        Assert.Equal(["M1", "M1-FT", "M2+M1", "M2+M1-CT", "M2+rec", "M2+rec-CT", "M1-FT-CT"], models.Keys);
        Assert.Equal(DigestOf("model of ft/M1//20"), models["M1-FT"]);
        Assert.Equal(DigestOf("model of merge/M2/M1/0"), models["M2+M1"]);
    }

    [Fact]
    public async Task Given_checkpoints_have_the_digests_of_the_spec_and_a_final_step()
    {
        Evaluate(Cell("pt", "M1"), 0.1, made: null);
        Evaluate(Cell("ft", "M1"), 0.2, made: null);
        var spec = new SpecFacts { Given = new Dictionary<string, Digest> { ["M1"] = DigestOf("given"), ["M1-FT"] = DigestOf("given FT") } };

        var results = await Build(spec);

        Assert.Equal(DigestOf("given"), results.Checkpoints["M1"]);
        Assert.Equal(DigestOf("given FT"), results.Checkpoints["M1-FT"]);
        Assert.Equal("final", Assert.Single(results.Tasks["gsm"].Ft["M1"]).Key);
    }

    [Fact]
    public async Task The_spec_names_the_metric_the_order_of_tasks_and_the_trajectory()
    {
        Evaluate(Cell("pt", "M2"), 0.1, task: "zoo");
        Evaluate(Cell("pt", "M1"), 0.2, task: "zoo");
        Evaluate(Cell("pt", "M1"), 0.3, task: "art");
        var spec = new SpecFacts { Trajectory = ["M1", "M2"], Metrics = Map(("art", "bits_per_byte"), ("zoo", "exact_match")) };

        var results = await Build(spec);

        Assert.Equal(["art", "zoo"], results.Tasks.Keys);
        Assert.Equal("bits_per_byte", results.Tasks["art"].Metric);
        Assert.Equal(1.3, results.Tasks["art"].Pt["M1"].Value, 1e-12);
        Assert.Equal(["M1", "M2"], results.Tasks["zoo"].Pt.Keys);
        Assert.Equal(4, results.Tasks["zoo"].Items);
    }

    [Fact]
    public async Task Steps_without_an_artifact_other_scales_and_unknown_experiments_are_passed_over()
    {
        Evaluate(Cell("pt", "M1"), 0.1);
        Evaluate(Cell("merge", "M2", "M1", 0, 0.5), 0.2, "merge");
        Evaluate(Cell("interpolate", "M2", "M1", 0, 0.5), 0.2);
        _run.Steps.Add(new V1.Step { Id = "evaluate/later", Kind = "evaluate", Task = "gsm", Cell = Cell("pt", "M2") });
        _run.Steps.Add(new V1.Step { Id = "merge/M2+M1", Kind = "merge", Artifact = DigestOf("x").ToString() });

        var results = await Build();

        Assert.Equal(["M1"], results.Tasks["gsm"].Pt.Keys);
        Assert.Empty(results.Tasks["gsm"].Merge);
    }

    [Fact]
    public async Task Items_are_kept_for_paired_tests()
    {
        Evaluate(Cell("pt", "M1"), 0.5);
        var digest = Digest.Parse(_run.Steps.Last(step => step.Kind == "evaluate").Artifact);
        var lines = string.Join('\n', new[] { "true", "false", "false", "true" }.Select((right, i) => $$"""{"doc_id":{{i}},"correct":{{right}}}"""));
        _stored[digest] = _stored[digest] with { Samples = Encoding.UTF8.GetBytes(lines) };

        var score = (await Build()).Tasks["gsm"].Pt["M1"];

        Assert.Equal([1, 0, 0, 1], score.Items!.Values);
        Assert.Equal(digest, score.Evaluation);
    }

    [Fact]
    public async Task An_evaluation_shared_by_two_cells_is_read_once()
    {
        Evaluate(Cell("merge", "M2", "M1", 0, 1), 0.5, "merge");
        var shared = _run.Steps.Last().Clone();
        (shared.Id, shared.Cell) = ("evaluate/other", Cell("recurrent", "M2", "M1", 0, 1));
        _run.Steps.Add(shared);
        var reads = 0;

        var results = await ResultsBuilder.BuildAsync(_run, _info, SpecFacts.None, (digest, _) =>
        {
            Interlocked.Increment(ref reads);
            return Task.FromResult(_stored[digest]);
        }, TestContext.Current.CancellationToken);

        Assert.Equal(1, reads);
        Assert.Equal(results.Tasks["gsm"].Merged("M2", "M1"), results.Tasks["gsm"].Recurrent["M2"].Merged);
    }

    [Fact]
    public async Task A_metric_the_evaluation_lacks_is_named_with_those_it_has()
    {
        Evaluate(Cell("pt", "M1"), 0.5);

        var fault = await Assert.ThrowsAsync<FaultException>(() => Build(new SpecFacts { Metrics = Map(("gsm", "f1")) }));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Equal("Task gsm is scored by f1, but its evaluations have exact_match, bits_per_byte: name one of these in the spec.", fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("{}")]
    [InlineData("""{"metrics":{"exact_match":{"value":0.5}},"items":4,"primary":"exact_match"}""")]
    [InlineData("""{"metrics":{"exact_match":{"value":1e999,"stderr":0}},"items":4,"primary":"exact_match"}""")]
    [InlineData("""{"metrics":{"exact_match":{"value":0.5,"stderr":0}},"items":"four","primary":"exact_match"}""")]
    public async Task Damaged_scores_are_refused(string scores)
    {
        Evaluate(Cell("pt", "M1"), 0.5);
        foreach (var digest in _stored.Keys)
        {
            _stored[digest] = new EvaluationFiles(Encoding.UTF8.GetBytes(scores), null);
        }

        Assert.Equal(FaultKind.Corrupt, (await Assert.ThrowsAsync<FaultException>(() => Build())).Kind);
    }

    [Fact]
    public async Task A_run_without_evaluations_has_no_tasks() => Assert.Empty((await Build()).Tasks);

    private Task<Results> Build(SpecFacts? spec = null) => ResultsBuilder.BuildAsync(
        _run, _info, spec ?? SpecFacts.None, (digest, _) => Task.FromResult(_stored[digest]), TestContext.Current.CancellationToken);

    private static V1.Cell Cell(string experiment, string at, string source = "", int step = 0, double scale = 0) =>
        new() { Experiment = experiment, Base = at, Source = source, Step = step, Scale = scale };

    /// <summary>Adds an evaluation, with the step that made its model unless it was given.</summary>
    private void Evaluate(V1.Cell cell, double value, string? made = "checkpoint", string task = "gsm")
    {
        var name = $"{cell.Experiment}/{cell.Base}/{cell.Source}/{cell.Step}";
        var evaluation = DigestOf($"evaluation of {name} {task}");
        var step = new V1.Step { Id = $"evaluate/{name}/{task}", Kind = "evaluate", Artifact = evaluation.ToString(), Cell = cell, Task = task };
        if (made is not null)
        {
            step.Needs.Add($"{made}/{name}");
            if (_run.Steps.All(other => other.Id != $"{made}/{name}"))
            {
                _run.Steps.Add(new V1.Step { Id = $"{made}/{name}", Kind = made, Artifact = DigestOf($"model of {name}").ToString() });
            }
        }

        _run.Steps.Add(step);
        var scores = """{"metrics":{"exact_match":{"value":VALUE,"stderr":0.25},"bits_per_byte":{"value":OTHER,"stderr":0.125}},"items":4,"primary":"exact_match"}"""
            .Replace("VALUE", $"{value}").Replace("OTHER", $"{1 + value}");
        _stored[evaluation] = new EvaluationFiles(Encoding.UTF8.GetBytes(scores), null);
    }
}
