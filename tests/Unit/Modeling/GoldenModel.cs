using Graft.Artifacts.Safetensors;
using Graft.Modeling.Configuration;
using Graft.Modeling.Native;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Modeling;

/// <summary>A checkpoint of the reference data, loaded, with what the reference computed from it.</summary>
internal sealed class GoldenModel : IDisposable
{
    private readonly DisposeScope _scope;

    private GoldenModel(string folder, ScalarType rotaryFrequencies)
    {
        TorchRuntime.Load();
        set_num_threads(1);
        _scope = NewDisposeScope();
        Config = ModelConfig.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        Weights = Read(Path.Combine(folder, "model.safetensors"));
        var expected = Path.Combine(folder, "expected.safetensors");
        Expected = File.Exists(expected) ? Read(expected) : [];
        Model = new Transformer(Config, Weights, rotaryFrequencies);
    }

    public ModelConfig Config { get; }

    public Dictionary<string, Tensor> Weights { get; }

    public Dictionary<string, Tensor> Expected { get; }

    public Transformer Model { get; }

    /// <summary>A folder of the shared data, such as "golden/olmo2-fp32"; the test skips where there is none.</summary>
    /// <param name="relative">The folder.</param>
    /// <param name="rotaryFrequencies">Not fp32 where the reference's model was converted after it was made.</param>
    public static GoldenModel Require(string relative, ScalarType rotaryFrequencies = ScalarType.Float32) =>
        new(SharedData.Require(relative), rotaryFrequencies);

    public void Dispose()
    {
        Model.Dispose();
        _scope.Dispose();
    }

    private static Dictionary<string, Tensor> Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var entry in file.Tensors)
        {
            var raw = new byte[entry.End - entry.Begin];
            file.Read(entry, raw);
            tensors[entry.Name] = TensorBytes.ToTensor(raw, entry.DType, [.. entry.Shape], CPU);
        }

        return tensors;
    }
}
