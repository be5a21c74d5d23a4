using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using Graft.Trainer.Optimization;
using Graft.Trainer.Training;
using static TorchSharp.torch;

namespace Graft.Trainer.LowRank;

/// <summary>
/// Low-rank updates of some matrices of a model whose weights stay as they are (Hu et al., "LoRA", 2021). A checkpoint of it has them
/// merged in, W + alpha / rank * B A, so that it is one like any other and so is its diff vector.
/// </summary>
internal sealed class LoraModel : TrainedModel
{
    private readonly Dictionary<string, Tensor> _frozen = [];
    private readonly Dictionary<string, LowRankUpdate> _updates = [];

    private LoraModel(ModelConfig config, LoraSettings settings, IReadOnlyList<string> targets, FlatParameters parameters, Device device)
        : base(parameters)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, shape) in config.Parameters)
        {
            _frozen.Add(name, zeros(shape, parameters.Gradient.dtype, device).DetachFromDisposeScope());
        }

        foreach (var name in targets)
        {
            _updates.Add(name, new LowRankUpdate(parameters.Views[FactorA(name)], parameters.Views[FactorB(name)], settings.Alpha / settings.Rank));
        }

        Initialize(settings);
    }

    public override bool NeedsStart => true;

    /// <exception cref="FaultException">Invalid: a target that matches no matrix of a layer.</exception>
    public static LoraModel Create(ModelConfig config, LoraSettings settings, ScalarType type, MasterFormat format, Device device)
    {
        var targets = LoraTargets.Of(config, settings.Targets);
        var parameters = targets.SelectMany(target => new (string Name, long[] Shape)[]
        {
            (FactorA(target.Name), [settings.Rank, target.Shape[1]]),
            (FactorB(target.Name), [target.Shape[0], settings.Rank]),
        });
        return new LoraModel(config, settings, [.. targets.Select(target => target.Name)], new FlatParameters([.. parameters], type, format, device), device);
    }

    public override Transformer CreateTransformer(ModelConfig config) => new(config, _frozen, _updates);

    public override void Load(string name, Tensor values)
    {
        using var none = no_grad();
        _frozen[name].copy_(values);
    }

    public override bool Changes(string name) => _updates.ContainsKey(name);

    public override byte[] Bytes(string name, DType dtype, Tensor? start)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var wide = start!.to(float64);
        if (_updates.TryGetValue(name, out var update))
        {
            var (a, b) = (Parameters.Read(FactorA(name)).cpu().to(float64), Parameters.Read(FactorB(name)).cpu().to(float64));
            wide = wide.add(b.mm(a).mul_(LastingScalar.Of(update.Scale)), LastingScalar.Of(1L));
        }

        return BytesOf(WideRounding.Round(wide, TensorBytes.ToScalarType(dtype)));
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var tensor in _frozen.Values)
        {
            tensor.Dispose();
        }

        base.Dispose(disposing);
    }

    private static string FactorA(string name) => $"{name}.lora_A";

    private static string FactorB(string name) => $"{name}.lora_B";

    /// <summary>A uniform in +-1/sqrt(in), the usual start of a linear layer; B zero, so that training starts from the model itself.</summary>
    private void Initialize(LoraSettings settings)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        using var generator = new Generator(settings.Seed, CPU);
        foreach (var (name, update) in _updates.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            var bound = 1 / Math.Sqrt(update.A.shape[1]);
            Parameters.Write(FactorA(name), rand(update.A.shape, float32, CPU, generator: generator).mul_(LastingScalar.Of(2 * bound)).sub_(LastingScalar.Of(bound)));
        }

        Parameters.Publish();
    }
}
