using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

public class SpecParserTests
{
    [Fact]
    public void The_demo_is_read_as_written()
    {
        var spec = RunSpec.Parse(DemoSpec.Yaml);

        Assert.Equal("demo", spec.Name);
        Assert.Equal(7ul, spec.Seed);
        Assert.Equal(["M1", "M2", "M3", "M4", "M5"], spec.CheckpointNames);
        Assert.Equal(0.125, spec.Pretrain?.InitStd);
        Assert.Equal(2, spec.Pretrain?.Phases.Count);
        Assert.Equal(new KeptCheckpoint("M4", 2850), spec.Pretrain?.Checkpoints[3]);
        Assert.Equal(500ul, spec.Finetune?.Recipe?.Seed);
        Assert.Equal(LossMask.Completion, spec.Finetune?.Recipe?.Phase.Mask);
        Assert.Equal(["gsm-micro", "facts"], spec.Tasks.Select(task => task.Name));
        Assert.Equal(Direction.Both, spec.Matrix?.Direction);
        Assert.Equal(new ContinualSpec(CellChoice.Forward, 501), spec.Continual);
        Assert.Equal(new RecurrentSpec(501), spec.Recurrent);
        Assert.Equal(new ControlSpec(501), spec.Control);
    }

    [Fact]
    public void What_is_not_said_has_its_default()
    {
        var spec = RunSpec.Parse("""
            name: small
            seed: 3
            trajectory: {M1: a, M2: b}
            finetune:
              recipe: {data: d, layout: padded, mask: all, steps: 10, batch: 2, length: 8, schedule: {shape: constant, peak: 1e-3}}
            experiments:
              matrix: {}
              continual: {}
              recurrent:
              control: {seed: 4}
            """);

        var recipe = spec.Finetune!.Recipe!;
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1), recipe.Optimizer);
        Assert.Equal(new TrainingDTypes(DType.F32, DType.F32), recipe.DTypes);
        Assert.Equal(new Schedule(ScheduleShape.Constant, 1e-3, 0, 1), recipe.Phase.Schedule);
        Assert.Equal((10, 3ul, LossReduction.Mean, false), (recipe.Every, recipe.Seed, recipe.Phase.Reduction, recipe.Phase.AddBos));
        Assert.Equal([10], recipe.CheckpointSteps);
        Assert.Equal(Direction.Both, spec.Matrix?.Direction);
        Assert.Equal([1.0], spec.Matrix?.Scales);
        Assert.Equal(new ContinualSpec(CellChoice.Forward, 3), spec.Continual);
        Assert.Equal((3ul, 4ul), (spec.Recurrent?.Seed, spec.Control?.Seed));
        Assert.Empty(spec.Tasks);
    }

    [Fact]
    public void Element_types_can_be_chosen()
    {
        var spec = RunSpec.Parse(DemoSpec.Yaml.Replace("    every: 40", "    every: 40\n    dtype: {compute: bf16, checkpoint: bf16}", StringComparison.Ordinal));

        Assert.Equal(new TrainingDTypes(DType.BF16, DType.BF16), spec.Finetune?.Recipe?.DTypes);
        Assert.Equal(new TrainingDTypes(DType.F32, DType.F32), spec.Pretrain?.DTypes);
    }

    [Theory]
    [InlineData(240, 40, "40 80 120 160 200 240")]
    [InlineData(250, 100, "100 200 250")]
    [InlineData(30, 40, "30")]
    public void Checkpoints_are_kept_at_multiples_and_at_the_end(int steps, int every, string expected)
    {
        var recipe = RunSpec.Parse(DemoSpec.Yaml.Replace("steps: 240\n", $"steps: {steps}\n", StringComparison.Ordinal).Replace("every: 40", $"every: {every}", StringComparison.Ordinal)).Finetune!.Recipe!;

        Assert.Equal(expected, string.Join(' ', recipe.CheckpointSteps));
    }

    [Fact]
    public void References_come_with_kind_and_place_in_the_order_of_the_text()
    {
        var references = RunSpec.Parse("""
            name: x
            tasks: {gsm: {requests: ../gsm.jsonl, metric: acc_raw}}
            trajectory: {M1: ./M1, M2: olmo/M2}
            finetune:
              given: {M1: ~/M1-FT}
            """).References;

        Assert.Equal(
            [
                new SpecReference("../gsm.jsonl", ReferenceKind.Dataset, "tasks.gsm.requests", 2, 25),
                new SpecReference("./M1", ReferenceKind.Checkpoint, "trajectory.M1", 3, 18),
                new SpecReference("olmo/M2", ReferenceKind.Checkpoint, "trajectory.M2", 3, 28),
                new SpecReference("~/M1-FT", ReferenceKind.Checkpoint, "finetune.given.M1", 5, 15),
            ],
            references);
        Assert.Equal([true, true, false, true], references.Select(reference => reference.IsLocalPath));
    }

    [Fact]
    public void The_blueprint_and_the_data_are_references_too() => Assert.Equal(
        ["Blueprint ./tiny", "Dataset ./stage1.jsonl", "Dataset ./stage2.jsonl", "Dataset ./train.jsonl", "Dataset ./gsm.jsonl", "Dataset ./facts.jsonl"],
        RunSpec.Parse(DemoSpec.Yaml).References.Select(reference => $"{reference.Kind} {reference.Text}"));

    [Theory]
    [InlineData("/data/M1", true)]
    [InlineData("./M1", true)]
    [InlineData("../M1", true)]
    [InlineData("~/M1", true)]
    [InlineData("M1", false)]
    [InlineData("demo/M1", false)]
    [InlineData(".hidden", false)]
    [InlineData("~M1", false)]
    public void Local_paths_are_told_from_names(string text, bool isLocal) =>
        Assert.Equal(isLocal, new SpecReference(text, ReferenceKind.Checkpoint, "", 1, 1).IsLocalPath);

    [Fact]
    public void Anchors_can_be_used()
    {
        var spec = RunSpec.Parse("""
            name: x
            trajectory: {M1: a}
            tasks:
              one: {requests: r, metric: exact_match, generate: &rules {max_new_tokens: 5, stop: ["\n", END]}}
              two: {requests: s, metric: exact_match, generate: *rules}
            """);

        Assert.Equal(["\n", "END"], Assert.IsType<GenerationRules>(spec.Tasks[1].Chat.Rules).Stop);
        Assert.Equal(Extraction.Whole, Assert.IsType<GenerationRules>(spec.Tasks[1].Chat.Rules).Extraction);
    }

    [Fact]
    public void The_examples_of_the_documentation_are_specs()
    {
        var examples = SpecDocumentation.Examples();

        Assert.Equal(2, examples.Count);
        Assert.All(examples, example => Assert.NotEmpty(DemoSpec.PlanOf(example).Steps));
        Assert.Empty(RunSpec.Parse(examples[0]).Pretrain?.Checkpoints ?? []);
        Assert.Equal(5, RunSpec.Parse(examples[1]).Pretrain?.Checkpoints.Count);
    }
}
