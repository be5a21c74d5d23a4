using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Modeling.Transformers;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling;

/// <summary>A tiny model with random weights, large enough for its tokens to vary.</summary>
internal sealed class RandomModel : IDisposable
{
    private readonly DisposeScope _scope;

    public RandomModel(ModelConfig config, long seed = 1, ScalarType dtype = ScalarType.Float32)
    {
        TorchRuntime.Load();
        set_num_threads(1);
        _scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        Weights = config.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => Random(parameter.Shape, generator).to_type(dtype));
        Model = new Transformer(config, Weights);
    }

    public static ModelConfig Olmo { get; } = new()
    {
        Architecture = ModelArchitecture.Olmo2,
        VocabularySize = 97,
        HiddenSize = 32,
        IntermediateSize = 48,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 4,
        HeadDim = 8,
        MaxPositions = 128,
        RopeTheta = 10000,
        RmsNormEpsilon = 1e-6,
        TieWordEmbeddings = false,
    };

    public static ModelConfig GroupedLlama { get; } = Olmo with
    {
        Architecture = ModelArchitecture.Llama,
        KeyValueHeads = 2,
        HeadDim = 12,
        TieWordEmbeddings = true,
    };

    public Dictionary<string, Tensor> Weights { get; }

    public Transformer Model { get; }

    public static ModelConfig Config(string name) => name == "olmo2" ? Olmo : GroupedLlama;

    /// <summary>Token ids below 97.</summary>
    public static int[] Prompt(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(97))];
    }

    public void Dispose()
    {
        Model.Dispose();
        _scope.Dispose();
    }

    private static Tensor Random(long[] shape, Generator generator)
    {
        var values = randn(shape, dtype: ScalarType.Float32, generator: generator);
        return shape.Length == 1 ? values.mul(0.2).add(1) : values.mul(0.4);
    }
}
