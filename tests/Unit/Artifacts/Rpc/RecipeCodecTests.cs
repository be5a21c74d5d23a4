using CsCheck;
using Google.Protobuf;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Rpc;

public sealed class RecipeCodecTests
{
    private static readonly Gen<Digest> _digest = Gen.Byte.Array[32].Select(hash => Digest.FromHash(hash));

    private static readonly Gen<OptimizerSettings> _optimizer =
        Gen.Select(Gen.Double, Gen.Double, Gen.Double, Gen.Double, Gen.Double, (b1, b2, e, w, c) => new OptimizerSettings(b1, b2, e, w, c));

    private static readonly Gen<TrainPhase> _phase =
        from dataset in _digest
        from kinds in Gen.Select(Gen.Enum<DataLayout>(), Gen.Enum<LossMask>(), Gen.Enum<LossReduction>())
        from numbers in Gen.Int[0, 1 << 20].Array[3]
        from schedule in Gen.Select(Gen.Enum<ScheduleShape>(), Gen.Double, Gen.Int, Gen.Double, (s, p, w, f) => new Schedule(s, p, w, f))
        from ends in Gen.Select(Gen.Bool, Gen.Bool)
        from weight in Gen.Double[0.001, 4]
        from mixture in Gen.Select(_digest, Gen.Double, (data, share) => new WeightedDataset(data, share)).Array[0, 3]
        from template in Gen.Int[0, 2].Select(i => new[] { null, "tulu", "llama3" }[i])
        select new TrainPhase
        {
            Dataset = dataset,
            Layout = kinds.Item1,
            Mask = kinds.Item2,
            Reduction = kinds.Item3,
            Steps = numbers[0],
            BatchSize = numbers[1],
            SequenceLength = numbers[2],
            Schedule = schedule,
            AddBos = ends.Item1,
            AddEos = ends.Item2,
            Weight = weight,
            MixedWith = mixture,
            Template = template,
        };

    private static readonly Gen<TrainRecipe> _train =
        from start in Gen.OneOf(
            _digest.Select(digest => (TrainStart)new CheckpointStart(digest)),
            Gen.Select(_digest, Gen.Double, Gen.ULong, (b, std, seed) => (TrainStart)new RandomStart(b, std, seed)))
        from phases in _phase.Array[0, 3]
        from optimizer in _optimizer
        from steps in Gen.Int.Array[0, 5]
        from rest in Gen.Select(Gen.ULong, Gen.Enum<DType>(), Gen.Enum<DType>())
        select new TrainRecipe
        {
            Start = start,
            Phases = phases,
            Optimizer = optimizer,
            CheckpointSteps = steps,
            Seed = rest.Item1,
            ComputeDType = rest.Item2,
            CheckpointDType = rest.Item3,
        };

    private static readonly Gen<TaskRules> _rules = Gen.OneOf(
        Gen.Const((TaskRules)new LogLikelihoodRules()),
        Gen.Select(
            Gen.Int,
            Gen.String[Gen.Char[' ', '\u017f'], 0, 9].Array[0, 3],
            Gen.Enum<Extraction>(),
            (tokens, stop, extraction) => (TaskRules)new GenerationRules(tokens, stop, extraction)),
        Gen.String[Gen.Char[' ', '\u017f'], 0, 20].Select(name => (TaskRules)new NamedTaskRules(name)),
        Gen.String[Gen.Char[' ', '\u017f'], 0, 20].Select(yaml => (TaskRules)new DescribedTaskRules(yaml)));

    private static readonly Gen<MergeMethod> _method = Gen.OneOf(
        Gen.Const((MergeMethod)new MergeMethod.Linear()),
        Gen.Const((MergeMethod)new MergeMethod.Interpolation()),
        Gen.Select(Gen.Double, Gen.Double, (density, lambda) => (MergeMethod)new MergeMethod.Ties(density, lambda)),
        Gen.Select(Gen.Double, Gen.ULong, (drop, seed) => (MergeMethod)new MergeMethod.Dare(drop, seed)));

    private static readonly Gen<TensorScale> _tensorScale =
        Gen.Select(Gen.String[Gen.Char['*', 'z'], 0, 9], Gen.Double, (pattern, scale) => new TensorScale(pattern, scale));

    private static readonly Gen<Recipe> _any = Gen.OneOf(
        _train.Select(train => (Recipe)train),
        Gen.Select(_train, Gen.Int, (train, step) => (Recipe)new CheckpointRecipe(train, step)),
        Gen.Select(_digest, _digest, (f, p) => (Recipe)new ExtractRecipe(f, p)),
        _digest.Array[0, 4].Select(artifacts => (Recipe)new CompareRecipe(artifacts)),
        Gen.Select(
            _digest,
            Gen.Select(_digest, Gen.Double, (vector, scale) => new ScaledVector(vector, scale)).Array[0, 4],
            Gen.Enum<Provenance>(),
            Gen.Enum<Provenance>(),
            Gen.Select(_method, _tensorScale.Array[0, 2], Gen.Enum<DType>().Nullable(), Gen.Bool),
            (b, v, c, t, rest) => (Recipe)new MergeRecipe(b, v, c, t)
            {
                Method = rest.Item1,
                TensorScales = rest.Item2,
                DType = rest.Item3,
                CastInputs = rest.Item4,
            }),
        Gen.Select(
            _digest,
            _digest,
            _rules,
            Gen.Int,
            Gen.Enum<DType>(),
            Gen.Select(_digest.Nullable(), Gen.Int, Gen.Bool, Gen.Select(Gen.Double, Gen.Double, Gen.ULong, (t, p, seed) => new Sampling(t, p, seed)).Null()),
            (checkpoint, requests, rules, version, dtype, rest) => (Recipe)new EvaluateRecipe(checkpoint, requests, rules, version, dtype)
            {
                FewShot = rest.Item1,
                MaxLength = rest.Item2,
                AddBos = rest.Item3,
                Sampling = rest.Item4,
            }));

    [Fact]
    public void Every_recipe_comes_back_with_its_digest()
    {
        _any.Sample(
            recipe =>
            {
                var bytes = RecipeCodec.ToProto(recipe).ToByteArray();

                var back = RecipeCodec.FromProto(V1.Recipe.Parser.ParseFrom(bytes));

                Assert.Equivalent(recipe, back, strict: true);
                Assert.Equal(RecipeCodec.DigestOf(recipe), RecipeCodec.DigestOf(back));
                Assert.Equal(Digest.Of(bytes), RecipeCodec.DigestOf(recipe));
            },
            iter: 300);
    }

    /// <summary>The keys of all results in every store: if this fails, the encoding has changed, and everything would be made again.</summary>
    [Theory]
    [InlineData("train", "f0a00e3e3fd8f5a984ef30943967b7cfb0925895720d8402e9089ed033e524e0")]
    [InlineData("mixture", "a3366a9209642277dfb256f2f483a89c5328837a07df33359ee0d5b59d2976ff")]
    [InlineData("initialized", "bdb07700b326dad20b644d0e8c8c15577337db35f6a7d0403d4df0bba5c5f733")]
    [InlineData("checkpoint", "f119b6eb84240bbf113c9c67f159261905739123390b18e3930fc2f6ba66db0b")]
    [InlineData("extract", "3190e816e8f737e7eae7bfa8cf85fb462d3f6db25d5fdb6291b86958ead1c148")]
    [InlineData("merge", "1d92c72f3d823e2dcecbad8c8ccf9d66592eadb4cfec3d1650a408cc75ad2833")]
    [InlineData("ties", "012832ad79d87301dbccfaf2e34f2bdbf23dec31c5778c69303d9f074bc0a461")]
    [InlineData("dare", "9c6ffb43743b1fedfff75e7720d798f4388f6c9b65fcc40ba0db607dbf117d1b")]
    [InlineData("interpolation", "fc4a8162ea5c1fd7ad134aaa72be4388d5d77ed655a803d59ccb6947554fbc1e")]
    [InlineData("dtype", "d1f40d0ff63a7ba7f26353143dceee069ce5b5cd1617c7698397f79b0c916a84")]
    [InlineData("compare", "34afc3e4e3105decbbdc3503eda617e74c6591b16cde6d5cd355c1cadfc3f2bf")]
    [InlineData("log-likelihood", "9ce2855270c875aa03a65fe4854c35d3e72a7fbf0695136d6e94f0ea066ab69a")]
    [InlineData("generation", "b2482b4b9b6cc129f1812c2cd3e40f68b6a9063313e0ea4f7bae761f412ad7c1")]
    [InlineData("named", "8101cb0692bc6241b4c38d0112ab990d5c6414f43716d9092d262b0ec5d97e4a")]
    [InlineData("described", "80f9176df9538e6394026620360e3ea960bc008ab0deeaa1d39c0646c52d233e")]
    public void The_digests_never_change(string recipe, string digest) => Assert.Equal(digest, RecipeCodec.DigestOf(Known(recipe)).ToString());

    [Fact]
    public void The_order_of_vectors_and_their_factors_matter()
    {
        var (one, two) = (new ScaledVector(Digest.Of("1"u8), 1), new ScaledVector(Digest.Of("2"u8), 0.5));
        var digests = new ScaledVector[][] { [one, two], [two, one], [one with { Scale = 0.5 }, two], [one] }
            .Select(vectors => RecipeCodec.DigestOf(new MergeRecipe(Digest.Of("b"u8), vectors, Provenance.Base, Provenance.FineTuned)));

        Assert.Distinct(digests);
    }

    public static TheoryData<string, Action<V1.Recipe>, string> Damages() => new()
    {
        { "train", recipe => recipe.ClearKind(), "recipe" },
        { "train", recipe => recipe.Train.Optimizer = null, "recipe.optimizer" },
        { "train", recipe => recipe.Train.ClearStart(), "recipe.start" },
        { "train", recipe => recipe.Train.Checkpoint = "x", "recipe.checkpoint" },
        { "train", recipe => recipe.Train.Phases.Add(new V1.TrainPhase { Steps = int.MaxValue }), "recipe.phases" },
        { "train", recipe => recipe.Train.Phases[0].Steps = -1, "recipe.phases" },
        { "train", recipe => recipe.Train.Phases[0].Dataset = "", "recipe.phases[0].dataset" },
        { "train", recipe => recipe.Train.Phases[0].Schedule = null, "recipe.phases[0].schedule" },
        { "train", recipe => recipe.Train.Phases[0].Schedule.Shape = 0, "recipe.phases[0].schedule.shape" },
        { "train", recipe => recipe.Train.Phases[0].Layout = 0, "recipe.phases[0].layout" },
        { "train", recipe => recipe.Train.Phases[0].Mask = (V1.LossMask)9, "recipe.phases[0].mask" },
        { "train", recipe => recipe.Train.Phases[0].Reduction = 0, "recipe.phases[0].reduction" },
        { "mixture", recipe => recipe.Train.Phases[0].MixedWith[0].Dataset = "", "recipe.phases[0].mixed_with[0].dataset" },
        { "train", recipe => recipe.Train.ComputeDtype = 0, "recipe.compute_dtype" },
        { "train", recipe => recipe.Train.CheckpointDtype = (V1.DType)11, "recipe.checkpoint_dtype" },
        { "initialized", recipe => recipe.Train.Initialization.Blueprint = "", "recipe.initialization.blueprint" },
        { "checkpoint", recipe => recipe.Checkpoint.Train = null, "recipe.checkpoint.train" },
        { "extract", recipe => recipe.Extract.FineTuned = "", "recipe.fine_tuned" },
        { "extract", recipe => recipe.Extract.Pretrained = "", "recipe.pretrained" },
        { "merge", recipe => recipe.Merge.Base = "", "recipe.base" },
        { "merge", recipe => recipe.Merge.Vectors[1].Vector = "", "recipe.vectors[1].vector" },
        { "merge", recipe => recipe.Merge.ConfigFrom = 0, "recipe.config_from" },
        { "merge", recipe => recipe.Merge.TokenizerFrom = (V1.Provenance)3, "recipe.tokenizer_from" },
        { "dtype", recipe => recipe.Merge.Dtype = (V1.DType)99, "recipe.dtype" },
        { "compare", recipe => recipe.Compare.Artifacts[1] = "", "recipe.artifacts[1]" },
        { "generation", recipe => recipe.Evaluate.ClearTask(), "recipe.task" },
        { "generation", recipe => recipe.Evaluate.Generation.Extraction = 0, "recipe.generation.extraction" },
        { "log-likelihood", recipe => recipe.Evaluate.Requests = "", "recipe.requests" },
        { "log-likelihood", recipe => recipe.Evaluate.ComputeDtype = 0, "recipe.compute_dtype" },
        { "named", recipe => recipe.Evaluate.FewShot = "x", "recipe.few_shot" },
    };

    [Theory]
    [MemberData(nameof(Damages), DisableDiscoveryEnumeration = true)]
    public void A_malformed_recipe_is_invalid_with_its_field(string recipe, Action<V1.Recipe> damage, string field)
    {
        var proto = RecipeCodec.ToProto(Known(recipe));
        damage(proto);

        var fault = Assert.Throws<FaultException>(() => RecipeCodec.FromProto(proto));

        Assert.Equal((FaultKind.Invalid, field), (fault.Kind, fault.Field));
    }

    private static Recipe Known(string name)
    {
        var train = new TrainRecipe
        {
            Start = new CheckpointStart(Digest.Of("start"u8)),
            Phases =
            [
                new()
                {
                    Dataset = Digest.Of("data"u8),
                    Layout = DataLayout.Padded,
                    Mask = LossMask.Completion,
                    Steps = 240,
                    BatchSize = 32,
                    SequenceLength = 48,
                    Schedule = new(ScheduleShape.Linear, 2e-3, 10, 0.1),
                    AddBos = true,
                },
            ],
            Optimizer = new(0.9, 0.95, 1e-8, 0.1, 1),
            CheckpointSteps = [40, 240],
            Seed = 500,
            CheckpointDType = DType.BF16,
        };
        var merge = new MergeRecipe(
            Digest.Of("base"u8), [new(Digest.Of("v1"u8), 1), new(Digest.Of("v2"u8), -0.5)], Provenance.Base, Provenance.FineTuned);
        return name switch
        {
            "train" => train,
            "mixture" => train with
            {
                Phases = [train.Phases[0] with { Weight = 0.5, MixedWith = [new(Digest.Of("more"u8), 2)], Template = "tulu" }],
            },
            "initialized" => train with { Start = new RandomStart(Digest.Of("blueprint"u8), 0.125, ulong.MaxValue) },
            "checkpoint" => new CheckpointRecipe(train, 40),
            "extract" => new ExtractRecipe(Digest.Of("ft"u8), Digest.Of("pt"u8)),
            "merge" => merge,
            "ties" => merge with { Method = new MergeMethod.Ties(0.2, 0.5), TensorScales = [new("*.mlp.*", 0.5), new("*norm*", 0)] },
            "dare" => merge with { Method = new MergeMethod.Dare(0.9, 42) },
            "interpolation" => merge with { Method = new MergeMethod.Interpolation() },
            "dtype" => merge with { DType = DType.BF16, CastInputs = true },
            "compare" => new CompareRecipe([Digest.Of("v1"u8), Digest.Of("v2"u8)]),
            "log-likelihood" => new EvaluateRecipe(Digest.Of("model"u8), Digest.Of("requests"u8), new LogLikelihoodRules(), 1, DType.F32),
            "generation" => new EvaluateRecipe(
                Digest.Of("model"u8), Digest.Of("requests"u8), new GenerationRules(12, ["\n", "Q:"], Extraction.LastNumber), 1, DType.BF16),
            "named" => new EvaluateRecipe(Digest.Of("model"u8), Digest.Of("rows"u8), new NamedTaskRules("gsm8k::olmes"), 2, DType.F32)
            {
                FewShot = Digest.Of("shots"u8),
                MaxLength = 2048,
                AddBos = true,
            },
            "described" => new EvaluateRecipe(Digest.Of("model"u8), Digest.Of("rows"u8), new DescribedTaskRules("prompt: \"{q}\""), 2, DType.F32)
            {
                Sampling = new Sampling(0.6, 0.95, 7),
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such recipe."),
        };
    }
}
