using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Plan;

public class ExpansionTests
{
    private static readonly RunPlan _demo = DemoSpec.PlanOf(DemoSpec.Yaml);

    [Theory]
    [InlineData("pretrain", "train", 1)]
    [InlineData("pretrain/", "checkpoint", 5)]
    [InlineData("finetune/", "train", 5)]
    [InlineData("finetune/", "checkpoint", 30)]
    [InlineData("extract/", "extract", 8)]
    [InlineData("merge/", "merge", 24)]
    [InlineData("continual/", "train", 10)]
    [InlineData("continual/", "checkpoint", 60)]
    [InlineData("recurrent/", "train", 4)]
    [InlineData("recurrent/", "checkpoint", 24)]
    [InlineData("control/", "train", 5)]
    [InlineData("control/", "checkpoint", 30)]
    [InlineData("evaluate/pt/", "evaluate", 10)]
    [InlineData("evaluate/ft/", "evaluate", 60)]
    [InlineData("evaluate/merge/", "evaluate", 40)]
    [InlineData("evaluate/continual/", "evaluate", 120)]
    [InlineData("evaluate/recurrent/", "evaluate", 56)]
    [InlineData("evaluate/control/", "evaluate", 60)]
    public void Demo_has_so_many_steps_of_a_kind(string prefix, string kind, int count) => Assert.Equal(
        count,
        _demo.Steps.Count(step => step.Id.StartsWith(prefix, StringComparison.Ordinal) && $"{step.Kind}".Equals(kind, StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Demo_has_no_other_steps() => Assert.Equal(552, _demo.Steps.Count);

    [Theory]
    [InlineData("pretrain/M3", "M3")]
    [InlineData("finetune/M1@40", "M1-FT/40")]
    [InlineData("finetune/M1@240", "M1-FT/240,M1-FT")]
    [InlineData("extract/M1", "vec-M1")]
    [InlineData("merge/M2+M1", "M2+M1")]
    [InlineData("continual/M5+M1@80", "M5+M1-CT/80")]
    [InlineData("continual/M5+M1@240", "M5+M1-CT/240,M5+M1-CT")]
    [InlineData("merge/M3+rec", "M3+rec")]
    [InlineData("recurrent/M3@240", "M3+rec-CT/240,M3+rec-CT")]
    [InlineData("control/M1@40", "M1-FT-CT/40")]
    [InlineData("control/M1@240", "M1-FT-CT/240,M1-FT-CT")]
    [InlineData("evaluate/merge/M2+M1/facts", "")]
    public void Steps_name_what_they_make(string id, string names) => Assert.Equal(names, string.Join(',', Step(_demo, id).Names));

    [Theory]
    [InlineData("evaluate/pt/M1/facts", "pt", "M1", "", 0, 0)]
    [InlineData("evaluate/ft/M1@40/facts", "ft", "M1", "", 40, 0)]
    [InlineData("evaluate/merge/M2+M5/facts", "merge", "M2", "M5", 0, 1)]
    [InlineData("evaluate/continual/M3+M1@200/facts", "continual", "M3", "M1", 200, 1)]
    [InlineData("evaluate/recurrent/M3/facts", "recurrent", "M3", "M2", 0, 1)]
    [InlineData("evaluate/recurrent/M3@120/facts", "recurrent", "M3", "M2", 120, 1)]
    [InlineData("evaluate/control/M4@240/facts", "control", "M4", "", 240, 0)]
    public void Evaluations_say_what_they_evaluate(string id, string experiment, string target, string source, int at, double scale)
    {
        var step = Step(_demo, id);

        Assert.Equal(new Cell(experiment, target, source, at, scale), step.Cell);
        Assert.Equal("facts", step.Task);
    }

    [Fact]
    public void Every_step_stands_behind_what_it_needs_and_ids_are_unique()
    {
        Assert.All(_demo.Steps, step => Assert.All(step.Needs, need => Assert.True(need.Index < step.Index)));
        Assert.All(_demo.Steps, step => Assert.Same(step, _demo.Steps[step.Index]));
        Assert.Equal(_demo.Steps.Count, _demo.Steps.Select(step => step.Id).Distinct().Count());
    }

    [Fact]
    public void Names_are_unique_except_for_shared_checkpoints()
    {
        var names = _demo.Steps.SelectMany(step => step.Names).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Pretraining_keeps_the_checkpoints_of_the_trajectory()
    {
        var train = Assert.IsType<TrainRecipe>(new Made(_demo)["pretrain"]);

        Assert.Equal([1250, 1800, 2400, 2850, 3200], train.CheckpointSteps);
        Assert.Equal(new RandomStart(DemoSpec.InputOf("./tiny"), 0.125, 0), train.Start);
        Assert.Equal(7ul, train.Seed);
        Assert.Equal(new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1), train.Optimizer);
        Assert.Equal(DemoSpec.InputOf("./stage2.jsonl"), train.Phases[1].Dataset);
        Assert.Equal(new Schedule(ScheduleShape.Cosine, 2e-3, 100, 0.35), train.Phases[0].Schedule);
        Assert.Equal(new CheckpointRecipe(train, 2850), Assert.IsType<CheckpointRecipe>(new Made(_demo)["pretrain/M4"]) with { Train = train });
    }

    [Fact]
    public void Training_that_goes_on_after_the_last_checkpoint_keeps_its_last_step_too()
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Yaml.Replace("M5: 3200", "M5: 3100", StringComparison.Ordinal));

        Assert.Equal([1250, 1800, 2400, 2850, 3100, 3200], Assert.IsType<TrainRecipe>(new Made(plan)["pretrain"]).CheckpointSteps);
    }

    [Fact]
    public void Fine_tuning_starts_from_its_checkpoint_and_the_control_from_the_fine_tuned_one()
    {
        var made = new Made(_demo);

        var finetune = Assert.IsType<TrainRecipe>(made["finetune/M2"]);
        var control = Assert.IsType<TrainRecipe>(made["control/M2"]);
        Assert.Equal(new CheckpointStart(made.Artifact("pretrain/M2")), finetune.Start);
        Assert.Equal([40, 80, 120, 160, 200, 240], finetune.CheckpointSteps);
        Assert.Equal(500ul, finetune.Seed);
        Assert.Equal(new CheckpointStart(made.Artifact("finetune/M2@240")), control.Start);
        Assert.Equal(501ul, control.Seed);
        Assert.Equal((DType.F32, DType.F32), (control.ComputeDType, control.CheckpointDType));
    }

    [Fact]
    public void Continual_training_starts_from_the_merge()
    {
        var made = new Made(_demo);

        Assert.Equal(new CheckpointStart(made.Artifact("merge/M4+M2")), Assert.IsType<TrainRecipe>(made["continual/M4+M2"]).Start);
        var merge = Assert.IsType<MergeRecipe>(made["merge/M4+M2"]);
        Assert.Equal(made.Artifact("pretrain/M4"), merge.Base);
        Assert.Equal([new ScaledVector(made.Artifact("extract/M2"), 1)], merge.Vectors);
        Assert.Equal(new ExtractRecipe(made.Artifact("finetune/M2@240"), made.Artifact("pretrain/M2")), made["extract/M2"]);
    }

    [Theory]
    [InlineData("", Provenance.FineTuned, Provenance.FineTuned)]
    [InlineData("  merge: {config_from: base}\n", Provenance.Base, Provenance.FineTuned)]
    [InlineData("  merge: {config_from: fine-tuned, tokenizer_from: base}\n", Provenance.FineTuned, Provenance.Base)]
    public void Every_merge_says_whose_config_and_tokenizer_it_gets(string section, Provenance config, Provenance tokenizer)
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Yaml.Replace("experiments:\n", $"experiments:\n{section}", StringComparison.Ordinal));
        var made = new Made(plan);

        var merges = plan.Steps.Where(step => step.Kind == StepKind.Merge).Select(step => Assert.IsType<MergeRecipe>(made[step.Id])).ToList();
        Assert.All(merges, merge => Assert.Equal((config, tokenizer), (merge.ConfigFrom, merge.TokenizerFrom)));
    }

    [Fact]
    public void Evaluations_follow_the_rules_of_their_task()
    {
        var made = new Made(_demo);

        var generation = Assert.IsType<EvaluateRecipe>(made["evaluate/pt/M1/gsm-micro"]);
        Assert.Equal(12, Assert.IsType<GenerationRules>(generation.Rules).MaxNewTokens);
        Assert.Equal(Extraction.LastNumber, Assert.IsType<GenerationRules>(generation.Rules).Extraction);
        Assert.Equal(made.Artifact("pretrain/M1"), generation.Checkpoint);
        Assert.Equal(
            new EvaluateRecipe(made.Artifact("merge/M2+M1"), DemoSpec.InputOf("./facts.jsonl"), new LogLikelihoodRules(), EvaluateRecipe.CurrentVersion, DType.F32),
            made["evaluate/merge/M2+M1/facts"]);
    }

    [Theory]
    [InlineData("forward", "M2+M1 M3+M1 M3+M2")]
    [InlineData("backward", "M1+M2 M1+M3 M2+M3")]
    [InlineData("both", "M1+M2 M1+M3 M2+M1 M2+M3 M3+M1 M3+M2")]
    public void Matrix_merges_in_its_direction(string direction, string cells)
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Given(3).Replace("both", direction, StringComparison.Ordinal));

        Assert.Equal(cells.Split(' '), plan.Steps.Where(step => step.Kind == StepKind.Merge).Select(step => step.Id["merge/".Length..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("nearest", "M2+M1 M3+M2 M4+M3 M5+M4")]
    [InlineData("all", "M1+M2 M1+M3 M1+M4 M1+M5 M2+M1 M2+M3 M2+M4 M2+M5 M3+M1 M3+M2 M3+M4 M3+M5 M4+M1 M4+M2 M4+M3 M4+M5 M5+M1 M5+M2 M5+M3 M5+M4")]
    public void Continual_training_takes_the_cells_asked_for(string choice, string cells)
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Yaml.Replace("cells: forward", $"cells: {choice}", StringComparison.Ordinal));

        Assert.Equal(
            cells.Split(' '),
            plan.Steps.Where(step => step.Kind == StepKind.Train && step.Id.StartsWith("continual/", StringComparison.Ordinal)).Select(step => step.Id["continual/".Length..]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Scales_other_than_one_are_in_ids_and_names()
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Given(2, "[1, 0.5]"));

        Assert.Equal(["M2+M1/0.5"], Step(plan, "merge/M2+M1@0.5").Names);
        Assert.Equal(0.5, Step(plan, "evaluate/merge/M2+M1@0.5/gsm").Cell?.Scale);
        Assert.Equal(0.5, Assert.IsType<MergeRecipe>(new Made(plan)["merge/M2+M1@0.5"]).Vectors[0].Scale);
    }

    [Fact]
    public void Continual_training_without_a_matrix_merges_but_does_not_evaluate_the_merge()
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Yaml.Replace("  matrix: {direction: both, scales: [1.0]}\n", "", StringComparison.Ordinal));

        Assert.Equal(10, plan.Steps.Count(step => step is { Kind: StepKind.Merge } && !step.Id.EndsWith("+rec", StringComparison.Ordinal)));
        Assert.DoesNotContain(plan.Steps, step => step.Id.StartsWith("evaluate/merge/", StringComparison.Ordinal));
    }

    [Fact]
    public void Given_checkpoints_are_named_and_evaluated_but_not_made()
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Given(2));

        Assert.Equal(
            ["extract/M1", "extract/M2", "merge/M1+M2", "merge/M2+M1", "evaluate/ft/M1/gsm", "evaluate/ft/M2/gsm", "evaluate/merge/M1+M2/gsm", "evaluate/merge/M2+M1/gsm", "evaluate/pt/M1/gsm", "evaluate/pt/M2/gsm"],
            plan.Steps.OrderBy(step => step.Kind).ThenBy(step => step.Id, StringComparer.Ordinal).Select(step => step.Id));
        Assert.Contains(("M1-FT", DemoSpec.InputOf("./M1-FT")), plan.InputNames);
        Assert.Contains(("M2", DemoSpec.InputOf("./M2")), plan.InputNames);
        Assert.Equal(0, Step(plan, "evaluate/ft/M1/gsm").Cell?.Step);
    }

    [Fact]
    public void A_checkpoint_without_a_fine_tuning_is_a_base_only()
    {
        var plan = DemoSpec.PlanOf(DemoSpec.Given(3).Replace(", M3: ./M3-FT", "", StringComparison.Ordinal));

        Assert.Equal(
            ["merge/M1+M2", "merge/M2+M1", "merge/M3+M1", "merge/M3+M2"],
            plan.Steps.Where(step => step.Kind == StepKind.Merge).Select(step => step.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_reference_nobody_resolved_is_refused()
    {
        var fault = Assert.Throws<FaultException>(() => Expansion.Of(RunSpec.Parse(DemoSpec.Given(2)), new Dictionary<string, Digest>()));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("'./M1' (trajectory.M1, line 2)", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plan_beyond_all_measure_is_refused()
    {
        var fault = Assert.Throws<FaultException>(() => DemoSpec.PlanOf(DemoSpec.Given(160)));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
    }

    private static PlanStep Step(RunPlan plan, string id) => plan.Steps.Single(step => step.Id == id);
}
