using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Plan;

/// <summary>What a study of every experiment makes, against recipes written down here without the plan.</summary>
public class StudyExpansionTests
{
    private static readonly ulong[] _seeds = [0, 3];
    private static readonly string[] _names = ["M1", "M2", "M3"];
    private static readonly RunPlan _plan = DemoSpec.PlanOf(StudySpec.Yaml);
    private static readonly Made _made = new(_plan);

    [Fact]
    public void Every_model_is_evaluated_as_what_it_is_and_no_other() => Assert.Equal(
        [.. Expected().Select(Line).Order(StringComparer.Ordinal)],
        _plan.Steps.Where(step => step is { Kind: StepKind.Evaluate, Task: "gsm" })
            .Select(step => Line((step.Cell!, ((EvaluateRecipe)_made[step.Id]).Checkpoint)))
            .Order(StringComparer.Ordinal));

    [Fact]
    public void Pretrained_checkpoints_have_prompts_of_their_own()
    {
        var (pt, chat) = (Evaluation("evaluate/pt/M1/gsm"), Evaluation("evaluate/ft/seed-0/M1@10/gsm"));

        Assert.Equal(new NamedTaskRules("gsm8k::olmes"), pt.Rules);
        Assert.Equal(new NamedTaskRules("gsm8k::tulu"), chat.Rules);
        Assert.Equal((2048, false, null, DType.BF16), (pt.MaxLength, pt.AddBos, pt.Sampling, pt.ComputeDType));
        Assert.Equal((4096, true, new Sampling(0.6, 0.9, 9), DType.BF16), (chat.MaxLength, chat.AddBos, chat.Sampling, chat.ComputeDType));
        Assert.All([pt, chat], recipe => Assert.Equal((In("./gsm.jsonl"), In("./shots.json")), (recipe.Requests, recipe.FewShot!.Value)));
    }

    [Fact]
    public void A_task_of_ones_own_is_in_the_recipe()
    {
        var recipe = Evaluation("evaluate/pt/M1/capitals");

        Assert.Equal(
            """{"prompt":"Country: {country}\nCapital:","generate":{"answer":"capital","stop":["\n"]}}""",
            Assert.IsType<DescribedTaskRules>(recipe.Rules).Yaml);
        Assert.Equal((0, (Digest?)null), (recipe.MaxLength, recipe.FewShot));
        Graft.Evaluator.Tasks.Described.TaskDescription.Parse(((DescribedTaskRules)recipe.Rules).Yaml);
    }

    [Fact]
    public void Vectors_and_bases_are_compared_once_for_each_seed()
    {
        Assert.Equal(
            ["compare/bases", "compare/seed-0/vectors", "compare/seed-3/vectors"],
            _plan.Steps.Where(step => step.Kind == StepKind.Compare).Select(step => step.Id).Order(StringComparer.Ordinal));
        Assert.Equal([In("./M1"), In("./M2"), In("./M3")], Assert.IsType<CompareRecipe>(_made["compare/bases"]).Artifacts);
        Assert.Equal([Vector("M1", 3, 20), Vector("M2", 3, 20), Sft], Assert.IsType<CompareRecipe>(_made["compare/seed-3/vectors"]).Artifacts);
    }

    [Fact]
    public void Names_and_ids_are_unique_and_readable()
    {
        var names = _plan.Steps.SelectMany(step => step.Names).ToList();

        Assert.Equal(names.Count, names.Distinct().Count());
        Assert.Equal(_plan.Steps.Count, _plan.Steps.Select(step => step.Id).Distinct().Count());
        string[] some =
        [
            "seed-3/M1-FT/10", "seed-3/M1-FT", "seed-0/vec-M1/step-10", "seed-0/M2+M1/step-10/0.5", "M2+SFT", "vec-SFT", "seed-3/M3+SFT-CT", "seed-0/M2+M1/barrier/0.25",
            "seed-0/soup/mean", "soup/ties", "seed-3/M3+rec-CT/20", "compare/bases",
        ];
        Assert.Empty(some.Except(names));
    }

    [Fact]
    public void One_seed_adds_to_the_seeds_and_changes_no_name()
    {
        var plan = DemoSpec.PlanOf(StudySpec.Yaml.Replace("seeds: [0, 3]", "seeds: [3]", StringComparison.Ordinal));
        var without = DemoSpec.PlanOf(StudySpec.Yaml.Replace("seeds: [0, 3]\n", "", StringComparison.Ordinal));

        Assert.Equal(without.Steps.Select(step => step.Id), plan.Steps.Select(step => step.Id));
        Assert.Equal((503ul, 500ul), (((TrainRecipe)new Made(plan)["finetune/M1"]).Seed, ((TrainRecipe)new Made(without)["finetune/M1"]).Seed));
        Assert.All(plan.Steps.Where(step => step.Cell is not null), step => Assert.Null(step.Cell!.Seed));
    }

    private static IEnumerable<(Cell Cell, Digest Checkpoint)> Expected()
    {
        foreach (var name in _names)
        {
            yield return (new Cell("pt", name, "", 0, 0), In($"./{name}"));
        }

        yield return (new Cell("ft", "M3", "", 0, 0), In("./M3-FT"));
        foreach (var target in _names)
        {
            foreach (var scale in new[] { 0.5, 1.0 })
            {
                yield return (new Cell("merge", target, "SFT", 0, scale), Merge(target, Sft, scale));
                if (target != "M1")
                {
                    yield return (new Cell("merge", target, "OWN", 0, scale), Merge(target, Artifact(new ExtractRecipe(In("./own"), In("./M1"))), scale));
                }
            }
        }

        yield return (new Cell("soup", "M1", "M3+SFT", 0, 1) { Variant = "ties" }, Soup("M1", new MergeMethod.Ties(0.2, 0.7), (Vector("M3", 0, 20), 1), (Sft, 1)));
        foreach (var item in _seeds.SelectMany(Seeded))
        {
            yield return item;
        }
    }

    private static IEnumerable<(Cell Cell, Digest Checkpoint)> Seeded(ulong seed)
    {
        foreach (var step in new[] { 10, 20 })
        {
            yield return (Cell("ft", "M1", "", step, 0), Kept(In("./M1"), 500 + seed, step));
            yield return (Cell("ft", "M2", "", step, 0), Kept(In("./M2"), 500 + seed, step));
            yield return (Cell("continual", "M2", "M1", step, 1), Kept(Merge("M2", Vector("M1", seed, 20), 1), 700 + seed, step));
            yield return (Cell("continual", "M3", "M2", step, 1), Kept(Merge("M3", Vector("M2", seed, 20), 1), 700 + seed, step));
            yield return (Cell("continual", "M3", "SFT", step, 1), Kept(Merge("M3", Sft, 1), 700 + seed, step));
            yield return (Cell("control", "M1", "", step, 0), Kept(Kept(In("./M1"), 500 + seed, 20), 800 + seed, step));
            yield return (Cell("control", "M2", "", step, 0), Kept(Kept(In("./M2"), 500 + seed, 20), 800 + seed, step));
            yield return (Cell("control", "M3", "", step, 0), Kept(In("./M3-FT"), 800 + seed, step));
        }

        foreach (var (target, source) in new[] { ("M2", "M1"), ("M3", "M1"), ("M3", "M2") })
        {
            foreach (var scale in new[] { 0.5, 1.0 })
            {
                yield return (Cell("merge", target, source, 0, scale), Merge(target, Vector(source, seed, 20), scale));
                yield return (Cell("merge", target, source, 0, scale) with { VectorStep = 10 }, Merge(target, Vector(source, seed, 10), scale));
            }
        }

        // M*_2 = recipe(M2 + (FT(M1) - M1)); M*_3 = recipe(M3 + (M*_2 - M2)), M2 being the raw checkpoint.
        var second = Merge("M2", Vector("M1", seed, 20), 1);
        var third = Merge("M3", Artifact(new ExtractRecipe(Kept(second, 701 + seed, 20), In("./M2"))), 1);
        foreach (var (target, source, start) in new[] { ("M2", "M1", second), ("M3", "M2", third) })
        {
            yield return (Cell("recurrent", target, source, 0, 1), start);
            yield return (Cell("recurrent", target, source, 10, 1), Kept(start, 701 + seed, 10));
            yield return (Cell("recurrent", target, source, 20, 1), Kept(start, 701 + seed, 20));
        }

        foreach (var (target, source, tuned) in new[] { ("M2", "M1", Kept(In("./M2"), 500 + seed, 20)), ("M3", "M2", In("./M3-FT")) })
        {
            var vector = Vector(source, seed, 20);
            var merge = Merge(target, vector, 1);
            var across = Artifact(new ExtractRecipe(merge, tuned));
            var between = Artifact(new MergeRecipe(tuned, [new ScaledVector(across, 0.25)], Provenance.Base, Provenance.FineTuned) { Method = new MergeMethod.Interpolation() });
            foreach (var (path, point, model) in new[]
            {
                ("vector", 0, In($"./{target}")), ("vector", 0.25, Merge(target, vector, 0.25)), ("vector", 1, merge), ("vector", 1.5, Merge(target, vector, 1.5)),
                ("barrier", 0, tuned), ("barrier", 0.25, between), ("barrier", 1, merge),
            })
            {
                yield return (Cell("interpolation", target, source, 0, point) with { Variant = path }, model);
            }
        }

        yield return (Cell("soup", "M3", "M1+M2", 0, 0) with { Variant = "mean" }, Soup("M3", new MergeMethod.Linear(), (Vector("M1", seed, 20), 0.5), (Vector("M2", seed, 10), 1.5)));
        yield return (Cell("soup", "M2", "M1", 0, 0.5) with { Variant = "dare" }, Soup("M2", new MergeMethod.Dare(0.9, 4), (Vector("M1", seed, 20), 0.5)));

        Cell Cell(string experiment, string target, string source, int step, double scale) => new(experiment, target, source, step, scale) { Seed = seed };
    }

    private static Digest Sft => Artifact(new ExtractRecipe(In("./sft"), In("./main")));

    private static Digest Vector(string source, ulong seed, int step) => source == "M3"
        ? Artifact(new ExtractRecipe(In("./M3-FT"), In("./M3")))
        : Artifact(new ExtractRecipe(Kept(In($"./{source}"), 500 + seed, step), In($"./{source}")));

    private static Digest Merge(string target, Digest vector, double scale) => Soup(target, new MergeMethod.Linear(), (vector, scale));

    private static Digest Soup(string target, MergeMethod method, params (Digest Vector, double Scale)[] vectors) => Artifact(
        new MergeRecipe(In($"./{target}"), [.. vectors.Select(vector => new ScaledVector(vector.Vector, vector.Scale))], Provenance.Base, Provenance.FineTuned) { Method = method });

    private static Digest Kept(Digest start, ulong seed, int step) => Artifact(new CheckpointRecipe(
        new TrainRecipe
        {
            Start = new CheckpointStart(start),
            Phases =
            [
                new TrainPhase
                {
                    Dataset = In("./a.jsonl"),
                    MixedWith = [new WeightedDataset(In("./b.jsonl"), 0.5)],
                    Template = "tulu",
                    Layout = DataLayout.PackedRows,
                    Mask = LossMask.Completion,
                    Reduction = LossReduction.Sum,
                    Steps = 20,
                    BatchSize = 8,
                    MicroBatchSize = 2,
                    SequenceLength = 64,
                    AddBos = true,
                    Schedule = new Schedule(ScheduleShape.Cosine, 1e-3, 2, 0.1) { DecaySteps = 40 },
                },
            ],
            Optimizer = new OptimizerSettings(0.9, 0.999, 1e-8, 0.1, 1) { ExemptEmbeddings = true },
            CheckpointSteps = [10, 20],
            Seed = seed,
            ComputeDType = DType.BF16,
            CheckpointDType = DType.BF16,
            Memory = new MemorySettings(MasterFormat.Split, MomentFormat.Block8, RecomputeActivations: true, LossChunk: 512),
            Lora = new LoraSettings(4, 8, ["*.q_proj.weight"], seed),
            ZLoss = 1e-4,
        },
        step));

    private static EvaluateRecipe Evaluation(string id) => Assert.IsType<EvaluateRecipe>(_made[id]);

    private static Digest In(string reference) => DemoSpec.InputOf(reference);

    private static Digest Artifact(Recipe recipe) => Made.ArtifactOf(recipe);

    private static string Line((Cell Cell, Digest Checkpoint) item) => $"{item.Cell} {item.Checkpoint.Short}";
}
