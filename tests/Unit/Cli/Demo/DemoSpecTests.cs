using Graft.Artifacts.Recipes;
using Graft.Cli.Demo;
using Graft.Coordinator.Spec;
using Xunit;

namespace Graft.Tests.Unit.Cli.Demo;

public sealed class DemoSpecTests
{
    [Fact]
    public void The_full_study_is_the_tuned_recipe()
    {
        var spec = RunSpec.Parse(new DemoSpec(DemoPreset.Full, 3).ToYaml());

        Assert.Equal("demo/seed-3/full", spec.Name);
        Assert.Equal(3ul, spec.Seed);
        Assert.Equal([("M1", 1250), ("M2", 1800), ("M3", 2400), ("M4", 2850), ("M5", 3200)], spec.Pretrain!.Checkpoints.Select(kept => (kept.Name, kept.Step)));
        Assert.Equal([2400, 800], spec.Pretrain.Phases.Select(phase => phase.Steps));
        Assert.Equal(new Schedule(ScheduleShape.Cosine, 2e-3, 100, 0.35), spec.Pretrain.Phases[0].Schedule);
        Assert.Equal(new Schedule(ScheduleShape.Linear, 7e-4, 0, 0), spec.Pretrain.Phases[1].Schedule);
        Assert.All(spec.Pretrain.Phases, phase => Assert.Equal(
            (DataLayout.Packed, LossMask.All, 32, 48, true, false), (phase.Layout, phase.Mask, phase.Batch, phase.Length, phase.AddBos, phase.AddEos)));
        Assert.Equal((0.125, 3ul), (spec.Pretrain.InitStd, spec.Pretrain.InitSeed));
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1), spec.Pretrain.Optimizer);
        var tuning = spec.Finetune!.Recipe!;
        Assert.Equal([40, 80, 120, 160, 200, 240], tuning.CheckpointSteps);
        Assert.Equal(new Schedule(ScheduleShape.Linear, 6e-4, 24, 0.1), tuning.Phase.Schedule);
        Assert.Equal((3500ul, true, true, LossMask.Completion), (tuning.Seed, tuning.Phase.AddBos, tuning.Phase.AddEos, tuning.Phase.Mask));
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1), tuning.Optimizer);
        Assert.Equal(["gsm-micro", "facts"], spec.Tasks.Select(task => task.Name));
        var rules = Assert.IsType<GenerationRules>(spec.Tasks[0].Chat.Rules);
        Assert.Equal((12, 0, Extraction.LastNumber), (rules.MaxNewTokens, rules.Stop.Count, rules.Extraction));
        Assert.Equal((Direction.Both, 1.0), (spec.Matrix!.Direction, Assert.Single(spec.Matrix.Scales)));
        Assert.Equal(new ContinualSpec(CellChoice.Forward, 3501), spec.Continual);
        Assert.Equal(new RecurrentSpec(3501), spec.Recurrent);
        Assert.Equal(new ControlSpec(3501), spec.Control);
    }

    [Fact]
    public void The_quick_study_is_a_subset_with_a_shorter_recipe()
    {
        var spec = RunSpec.Parse(new DemoSpec(DemoPreset.Quick, 0).ToYaml());

        Assert.Equal("demo/seed-0/quick", spec.Name);
        Assert.Equal([20, 40, 60, 80, 100, 120], spec.Finetune!.Recipe!.CheckpointSteps);
        Assert.Equal(new Schedule(ScheduleShape.Linear, 1e-3, 12, 0.1), spec.Finetune.Recipe.Phase.Schedule);
        Assert.Equal(new ContinualSpec(CellChoice.Nearest, 501), spec.Continual);
        Assert.NotNull(spec.Matrix);
        Assert.Null(spec.Recurrent);
        Assert.Null(spec.Control);
    }

    [Fact]
    public void The_smoke_study_has_every_part_and_data_of_its_own()
    {
        var spec = RunSpec.Parse(new DemoSpec(DemoPreset.Smoke, 0).ToYaml());

        Assert.Equal([62, 90, 120, 142, 160], spec.Pretrain!.Checkpoints.Select(kept => kept.Step));
        Assert.Equal([2, 4, 6, 8, 10, 12], spec.Finetune!.Recipe!.CheckpointSteps);
        Assert.Equal(new ContinualSpec(CellChoice.Forward, 501), spec.Continual);
        Assert.NotNull(spec.Recurrent);
        Assert.NotNull(spec.Control);
        Assert.All(spec.References, reference => Assert.StartsWith("demo/smoke-0/", reference.Text));
    }

    [Fact]
    public void Both_pretrain_alike_so_that_one_finds_what_the_other_has_made()
    {
        var (full, quick) = (RunSpec.Parse(new DemoSpec(DemoPreset.Full, 5).ToYaml()), RunSpec.Parse(new DemoSpec(DemoPreset.Quick, 5).ToYaml()));

        Assert.Equal(full.Pretrain!.Phases.Select(phase => phase.Data.Text), quick.Pretrain!.Phases.Select(phase => phase.Data.Text));
        Assert.Equal(full.Pretrain.Phases.Select(phase => phase.Schedule), quick.Pretrain.Phases.Select(phase => phase.Schedule));
    }

    [Theory]
    [InlineData("Full")]
    [InlineData("Quick")]
    [InlineData("Smoke")]
    public void Every_reference_is_an_input_that_is_written(string preset)
    {
        var demo = new DemoSpec(Enum.Parse<DemoPreset>(preset), 1);
        var written = Enum.GetValues<DemoInput>().Select(demo.NameOf).ToHashSet();

        Assert.Equal(written, RunSpec.Parse(demo.ToYaml()).References.Select(reference => reference.Text).ToHashSet());
        Assert.All(RunSpec.Parse(demo.ToYaml()).References, reference => Assert.False(reference.IsLocalPath));
    }
}
