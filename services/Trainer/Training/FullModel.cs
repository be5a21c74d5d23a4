using Graft.Artifacts;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>All weights of a model.</summary>
internal sealed class FullModel(FlatParameters parameters) : TrainedModel(parameters)
{
    public override bool NeedsStart => false;

    public override Transformer CreateTransformer(ModelConfig config) => new(config, Parameters.Views);

    public override void Load(string name, Tensor values) => Parameters.Write(name, values);

    public override bool Changes(string name) => true;

    public override byte[] Bytes(string name, DType dtype, Tensor? start)
    {
        using var none = no_grad();
        using var weights = Parameters.Read(name);
        using var rounded = weights.to(TensorBytes.ToScalarType(dtype));
        return BytesOf(rounded);
    }
}
