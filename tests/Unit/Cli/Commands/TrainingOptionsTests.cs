using System.CommandLine;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Commands;
using Graft.Cli.Data;
using Graft.Cli.Trainings;
using Graft.Coordinator.Spec;
using Graft.Modeling.Configuration;
using Graft.Trainer.Datasets;
using Graft.Trainer.Validation;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

public sealed class TrainingOptionsTests
{
    private static readonly StartingModel _model = new(
        Digest.Of("model"u8),
        IsBlueprint: false,
        DType.F32,
        ModelConfig.Parse(Encoding.UTF8.GetBytes("""
            {"model_type": "olmo2", "vocab_size": 100352, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
             "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 4096, "rope_theta": 500000.0,
             "rms_norm_eps": 1e-6, "tie_word_embeddings": false}
            """)));

    [Fact]
    public void Without_a_preset_nothing_has_changed()
    {
        var recipe = Recipe("--steps 40 --every 16");

        Assert.Equivalent(
            new TrainRecipe
            {
                Start = new CheckpointStart(_model.Digest),
                Phases =
                [
                    new TrainPhase
                    {
                        Dataset = Digest.Of("data"u8),
                        Layout = DataLayout.Padded,
                        Mask = LossMask.Completion,
                        Steps = 40,
                        BatchSize = 32,
                        SequenceLength = 512,
                        Schedule = new Schedule(ScheduleShape.Linear, 2e-5, 4, 0.1),
                        AddBos = true,
                        AddEos = true,
                    },
                ],
                Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1),
                CheckpointSteps = [16, 32, 40],
            },
            recipe,
            strict: true);
    }

    /// <summary>train_math.sh and section 4.1 of the paper.</summary>
    [Fact]
    public void The_preset_of_the_study_is_its_recipe()
    {
        var recipe = Recipe("--preset finetuning-transfer");

        Assert.Equivalent(
            new TrainPhase
            {
                Dataset = Digest.Of("data"u8),
                Template = "tulu",
                Layout = DataLayout.Padded,
                Mask = LossMask.Completion,
                Reduction = LossReduction.Sum,
                Steps = 30_000,
                BatchSize = 8,
                SequenceLength = 4096,
                Schedule = new Schedule(ScheduleShape.Linear, 5e-6, 900, 0),
                AddBos = true,
                AddEos = true,
            },
            recipe.Phases[0],
            strict: true);
        Assert.Equal(new OptimizerSettings(0.9, 0.999, 1e-8, 0, 1), recipe.Optimizer);
        Assert.Equal([5000, 10_000, 15_000, 20_000, 25_000, 30_000], recipe.CheckpointSteps);
        Assert.Equal((123ul, DType.BF16), (recipe.Seed, recipe.CheckpointDType));
    }

    [Fact]
    public void Every_field_of_a_preset_is_overridden_by_its_option()
    {
        var recipe = Recipe(
            "--preset finetuning-transfer --steps 300 --batch 4 --micro-batch 2 --length 100 --layout packed-rows --mask all --template olmo2 --reduction mean --lr 1e-3 --schedule cosine "
            + "--warmup 5 --final 0.2 --decay-steps 400 --beta1 0.8 --beta2 0.9 --epsilon 1e-6 --weight-decay 0.3 --exempt-embeddings true --clip 2 --every 100 --seed 9 --keep fp16 --z-loss 1e-4 "
            + "--bos false --eos false --master split --moments 8bit --recompute true --loss-chunk 64 --lora-rank 8 --lora-alpha 4 --lora-targets *.q_proj.weight *.v_proj.weight");

        var phase = recipe.Phases[0];
        Assert.Equal((300, 4, 2, 100), (phase.Steps, phase.BatchSize, phase.MicroBatchSize, phase.SequenceLength));
        Assert.Equal((DataLayout.PackedRows, LossMask.All, "olmo2", LossReduction.Mean), (phase.Layout, phase.Mask, phase.Template, phase.Reduction));
        Assert.Equal(new Schedule(ScheduleShape.Cosine, 1e-3, 5, 0.2) { DecaySteps = 400 }, phase.Schedule);
        Assert.Equal((false, false), (phase.AddBos, phase.AddEos));
        Assert.Equal(new OptimizerSettings(0.8, 0.9, 1e-6, 0.3, 2) { ExemptEmbeddings = true }, recipe.Optimizer);
        Assert.Equal([100, 200, 300], recipe.CheckpointSteps);
        Assert.Equal((9ul, DType.F16, 1e-4), (recipe.Seed, recipe.CheckpointDType, recipe.ZLoss));
        Assert.Equal(new MemorySettings(MasterFormat.Split, MomentFormat.Block8, true, 64), recipe.Memory);
        Assert.Equivalent(new LoraSettings(8, 4, ["*.q_proj.weight", "*.v_proj.weight"], 9), recipe.Lora, strict: true);
    }

    [Fact]
    public void Fewer_steps_than_the_preset_s_have_its_warm_up_in_proportion()
    {
        Assert.Equal(6, Recipe("--preset finetuning-transfer --steps 200").Phases[0].Schedule.WarmupSteps);
        Assert.Equal(12_837, Recipe("--preset olmo2-7b-stage1 --steps 10000").Phases[0].Schedule.DecaySteps);
    }

    public static TheoryData<string> Presets() => [.. TrainingPreset.All.Select(preset => preset.Name)];

    [Theory]
    [MemberData(nameof(Presets))]
    public void Every_preset_is_a_recipe_that_can_be(string preset) => TrainRecipeCheck.Check(Recipe($"--preset {preset}"));

    /// <summary>Tokens of a step: 1024 x 4096 for 7B and half of it for 1B; names of revisions are in these steps.</summary>
    [Fact]
    public void The_pretraining_of_OLMo_2_warms_up_and_decays_over_its_tokens()
    {
        var stage1 = Recipe("--preset olmo2-7b-stage1").Phases[0];
        const double step = 1024 * 4096;
        Assert.Equal(8.39e9, stage1.Schedule.WarmupSteps * step, 0.01e9);
        Assert.Equal(5e12, stage1.Schedule.DecaySteps * step, step);
        Assert.Equal(3e-5, stage1.Schedule.At(stage1.Schedule.DecaySteps, stage1.Steps), 1e-9);
        Assert.Equal(3896e9, stage1.Steps * step, 1e9);
        Assert.Equal(8.39e9, Recipe("--preset olmo2-1b-stage1").Phases[0].Schedule.WarmupSteps * step / 2, 0.01e9);
        Assert.Equal(50e9, Recipe("--preset olmo2-7b-stage2").Phases[0].Steps * step, 0.1e9);
        Assert.Equal(50e9, Recipe("--preset olmo2-1b-stage2").Phases[0].Steps * step / 2, 0.1e9);
    }

    [Fact]
    public void Small_memory_computes_in_bf16_and_its_parts_can_be_overridden()
    {
        Assert.Equal(new MemorySettings(MasterFormat.Split, MomentFormat.Block8, true, 512), Recipe("--steps 5 --small-memory").Memory);
        Assert.Equal(new MemorySettings(MasterFormat.Split, MomentFormat.Full, true, 512), Recipe("--steps 5 --small-memory --moments fp32").Memory);
        var (options, result) = Parse("--steps 5 --small-memory");
        Assert.Equal(DType.BF16, options.Compute(result));
        (options, result) = Parse("--steps 5");
        Assert.Null(options.Compute(result));
    }

    [Fact]
    public void A_number_of_steps_is_needed_from_somewhere() =>
        Assert.Contains("--steps", Assert.Single(Parse("--batch 3").Result.Errors).Message);

    [Fact]
    public void The_whole_recipe_can_be_read()
    {
        var recipe = Recipe("--preset finetuning-transfer --lora-rank 4");
        var yaml = RecipeText.Yaml(RecipeText.Json(recipe));

        Assert.StartsWith($"checkpoint: \"{_model.Digest}\"\nphases:\n- dataset: ".Replace("\"", "", StringComparison.Ordinal), yaml.Replace("\"", "", StringComparison.Ordinal));
        foreach (var line in new[]
                 {
                     "  reduction: LOSS_REDUCTION_SUM\n", "  steps: 30000\n", "  schedule:\n    shape: SCHEDULE_SHAPE_LINEAR\n    peak: 5e-06\n    warmup_steps: 900\n", "  template: tulu\n",
                     "optimizer:\n  beta1: 0.9\n  beta2: 0.999\n  epsilon: 1e-08\n  weight_decay: 0\n  clip_norm: 1\n", "checkpoint_steps: [5000, 10000, 15000, 20000, 25000, 30000]\n",
                     "memory:\n  master: MASTER_FORMAT_UNSPECIFIED\n", "lora:\n  rank: 4\n  alpha: 8\n  targets: [\"*_proj.weight\"]\n", "z_loss: 0\n",
                 })
        {
            Assert.Contains(line, yaml);
        }
    }

    private static TrainRecipe Recipe(string line)
    {
        var (options, result) = Parse(line);
        Assert.Empty(result.Errors);
        return options.Recipe(result, _model, [new TrainingDataset(Digest.Of("data"u8), RowForm.Completion, 1)], DType.F32) with { ComputeDType = options.Compute(result) ?? DType.F32 };
    }

    private static (TrainingOptions Options, ParseResult Result) Parse(string line)
    {
        var options = new TrainingOptions();
        var command = new RootCommand();
        foreach (var option in options.All)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(options.Validate);
        return (options, command.Parse(line));
    }
}
