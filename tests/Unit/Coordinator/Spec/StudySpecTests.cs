using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

/// <summary>The newer half of the format: presets, seeds, vectors of others, sweeps, cells, paths, soups.</summary>
public class StudySpecTests
{
    private const string Start = "name: x\ntrajectory: {M1: a, M2: b, M3: c}\n";
    private const string Recipe = "finetune: {recipe: {data: d, layout: padded, mask: all, steps: 20, every: 10, batch: 2, length: 8, schedule: {shape: constant, peak: 1e-3}}}\n";

    [Fact]
    public void A_preset_is_the_recipe_of_the_study()
    {
        var recipe = RunSpec.Parse($"{Start}finetune: {{recipe: {{preset: finetuning-transfer, data: [p, q, r], add_bos: true}}}}").Finetune!.Recipe!;

        Assert.Equal((30_000, 8, 4096, "tulu"), (recipe.Phase.Steps, recipe.Phase.Batch, recipe.Phase.Length, recipe.Phase.Template));
        Assert.Equal((DataLayout.Padded, LossMask.Completion, LossReduction.Sum), (recipe.Phase.Layout, recipe.Phase.Mask, recipe.Phase.Reduction));
        Assert.Equal(new Schedule(ScheduleShape.Linear, 5e-6, 900, 0), recipe.Phase.Schedule);
        Assert.Equal([5000, 10_000, 15_000, 20_000, 25_000, 30_000], recipe.CheckpointSteps);
        Assert.Equal((123ul, new OptimizerSettings(0.9, 0.999, 1e-8, 0, 1)), (recipe.Seed, recipe.Optimizer));
        Assert.Equal(new TrainingDTypes(DType.F32, DType.BF16), recipe.DTypes);
        Assert.Equal(["p 1", "q 1", "r 1"], recipe.Phase.Datasets.Select(data => $"{data.Reference.Text} {data.Weight}"));
    }

    [Fact]
    public void What_a_preset_says_can_be_said_otherwise_and_its_steps_scale()
    {
        var recipe = RunSpec.Parse(
            $"{Start}finetune: {{recipe: {{preset: finetuning-transfer, data: p, steps: 3000, every: 500, mask: all, schedule: {{peak: 1e-5}}, optimizer: {{beta2: 0.95}}, seed: 7}}}}").Finetune!.Recipe!;

        Assert.Equal(new Schedule(ScheduleShape.Linear, 1e-5, 90, 0), recipe.Phase.Schedule);
        Assert.Equal((3000, 500, LossMask.All, 7ul), (recipe.Phase.Steps, recipe.Every, recipe.Phase.Mask, recipe.Seed));
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1), recipe.Optimizer);
    }

    [Fact]
    public void Pretraining_takes_what_holds_for_all_of_it_from_the_first_preset()
    {
        var pretrain = RunSpec.Parse("""
            name: x
            pretrain:
              blueprint: bp
              phases: [{preset: olmo2-7b-stage1, data: d}, {preset: olmo2-7b-stage2, data: e}]
              checkpoints: {M3: 928646, M5: 940577}
            """).Pretrain!;

        Assert.Equal((0.02, 3.0, 1e-5, 42ul), (pretrain.InitStd, pretrain.InitCutoff, pretrain.ZLoss, pretrain.Seed));
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1) { ExemptEmbeddings = true }, pretrain.Optimizer);
        Assert.Equal(new Schedule(ScheduleShape.Cosine, 3e-4, 2000, 0.1) { DecaySteps = 1_192_093 }, pretrain.Phases[0].Schedule);
        Assert.Equal(new Schedule(ScheduleShape.Linear, 6.1499e-5, 0, 0), pretrain.Phases[1].Schedule);
    }

    [Theory]
    [InlineData("{from: 0.1, to: 0.5, step: 0.1}", "0.1 0.2 0.3 0.4 0.5")]
    [InlineData("{from: 0, to: 1, step: 0.25}", "0.25 0.5 0.75 1")]
    [InlineData("{from: -1, to: 1, step: 1}", "-1 1")]
    [InlineData("{from: 0.5, to: 1.2, step: 0.5}", "0.5 1")]
    [InlineData("[1, 0.5]", "1 0.5")]
    public void Scales_are_listed_or_swept(string text, string expected) => Assert.Equal(
        expected,
        string.Join(' ', RunSpec.Parse($"{Start}{Recipe}experiments: {{matrix: {{scales: {text}}}}}").Matrix!.Scales.Select(scale => scale.ToString(System.Globalization.CultureInfo.InvariantCulture))));

    [Fact]
    public void The_last_step_of_a_vector_is_the_last_however_it_is_written() =>
        Assert.Equal([10, 0], RunSpec.Parse($"{Start}{Recipe}experiments: {{matrix: {{vector_steps: [10, 20]}}}}").Matrix!.VectorSteps);

    [Fact]
    public void One_step_merging_takes_the_seed_of_what_it_is_compared_with()
    {
        Assert.Equal(5ul, RunSpec.Parse($"{Start}{Recipe}experiments: {{recurrent: {{seed: 5}}, one_step: {{}}}}").OneStep!.Seed);
        Assert.Equal(6ul, RunSpec.Parse($"{Start}{Recipe}experiments: {{recurrent: {{seed: 5}}, continual: {{seed: 6}}, one_step: {{}}}}").OneStep!.Seed);
    }

    [Theory]
    [InlineData("seeds: [1, 1]\n", "", "seeds has 1 twice")]
    [InlineData("seeds: [0]\nfinetune: {given: {M1: f}}\n", "", "seeds repeats what finetune.recipe trains, and there is none")]
    [InlineData("vectors: {M1: {fine_tuned: f, pretrained: p}}\n", "", "'M1' is a checkpoint of the trajectory; a vector needs a name of its own")]
    [InlineData("vectors: {V: {fine_tuned: f}}\n", "", "vectors.V.pretrained is missing")]
    [InlineData(Recipe, "matrix: {vector_steps: [15]}", "experiments.matrix.vector_steps: no checkpoint is kept at step 15; there are 10, 20")]
    [InlineData(Recipe, "matrix: {vector_steps: [20, last]}", "experiments.matrix.vector_steps has the last step twice")]
    [InlineData("finetune: {given: {M1: f}}\n", "matrix: {vector_steps: [5]}", "there is no finetune.recipe, and fine-tunings that are given have their last step only")]
    [InlineData(Recipe, "matrix: {sources: [M4]}", "experiments.matrix.sources: 'M4' is no vector of the run; did you mean M1?")]
    [InlineData(Recipe, "matrix: {bases: [M1, M1]}", "experiments.matrix.bases has M1 twice")]
    [InlineData(Recipe, "matrix: {scales: {from: 1, to: 0, step: 0.1}}", "experiments.matrix.scales makes no number; from, to and step go upwards, in at most 1000")]
    [InlineData(Recipe, "matrix: {scales: {from: 0, to: 1, step: 1e-6}}", "experiments.matrix.scales makes more than 1000 numbers")]
    [InlineData(Recipe, "continual: {cells: [M2-M1]}", "experiments.continual.cells: 'M2-M1' is no cell; write BASE+SOURCE, such as M2+M1")]
    [InlineData(Recipe, "continual: {cells: [M2+M2]}", "experiments.continual.cells: M2+M2 is the fine-tuning itself, no merge")]
    [InlineData(Recipe, "continual: {cells: forwards}", "experiments.continual.cells must be one of forward, nearest, all, not 'forwards'; did you mean forward?")]
    [InlineData(Recipe, "{continual: {seed: 1}, one_step: {seed: 2}}", "experiments.one_step.seed is 2, but continual, which shares cells with it, has 1; leave it away")]
    [InlineData("finetune: {given: {M1: f}}\n", "interpolation: {cells: [M2+M1], paths: [barrier]}", "has M2+M1, but M2 has no fine-tuning for the barrier to begin at")]
    [InlineData(Recipe, "soup: {s: {base: M9, vectors: [M1]}}", "experiments.soup.s.base: 'M9' is no checkpoint of the trajectory; did you mean M1?")]
    [InlineData(Recipe, "soup: {s: {base: M1, vectors: [M2], density: 0.5}}", "experiments.soup.s.density is for method: ties")]
    [InlineData(Recipe, "soup: {s: {base: M1, vectors: [M2], method: ties}}", "experiments.soup.s.density is missing")]
    [InlineData(Recipe, "soup: {s: {base: M1, vectors: []}}", "experiments.soup.s.vectors has no vector")]
    [InlineData(Recipe, "compare: {vectors: [M1]}", "experiments.compare needs two vectors or two checkpoints at least")]
    [InlineData("tasks: {t: {metric: f1}}\n", "", "tasks.t says none of requests, task and described; one of requests, task and described says what is asked")]
    [InlineData("tasks: {t: {task: my.yaml, data: e, metric: f1}}\n", "", "tasks.t.task is 'my.yaml', which is no task's name such as gsm8k::olmes; a task of your own stands below described")]
    [InlineData("tasks: {t: {task: 'a::b', metric: f1}}\n", "", "tasks.t.data is missing")]
    [InlineData("tasks: {t: {task: 'a::b', data: e, metric: f2}}\n", "", "tasks.t.metric must be one of exact_match,")]
    [InlineData("tasks: {t: {requests: e, few_shot: s, metric: acc_raw}}\n", "", "tasks.t.few_shot is for named and described tasks")]
    public void A_mistake_is_told_with_its_place(string sections, string experiments, string expected)
    {
        var body = experiments.StartsWith('{') ? experiments : $"{{{experiments}}}";
        var fault = Assert.Throws<FaultException>(() => RunSpec.Parse($"{Start}{sections}{(experiments.Length > 0 ? $"experiments: {body}\n" : "")}"));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Matches(@"line \d+, column \d+: ", fault.Message);
    }

    [Fact]
    public void Masters_are_split_in_bf16_only() => Assert.Contains(
        "finetune.recipe.dtype.compute is fp32",
        Assert.Throws<FaultException>(() => RunSpec.Parse(StudySpec.Yaml.Replace("dtype: {", "dtype: {compute: fp32, ", StringComparison.Ordinal))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Only_what_is_in_the_store_or_on_this_disk_is_a_reference() => Assert.Equal(
        ["./M1", "./M2", "./M3", "./M3-FT", "./a.jsonl", "./b.jsonl", "./sft", "./main", "./own", "./gsm.jsonl", "./shots.json", "./capitals.jsonl"],
        RunSpec.Parse(StudySpec.Yaml).References.Select(reference => reference.Text).Distinct());
}
