using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Modeling.Configuration;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using Graft.Trainer.LowRank;
using Graft.Trainer.Optimization;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// What is trained, and what a checkpoint of it consists of. Two implementations: <see cref="FullModel"/>, all weights, and
/// <see cref="LoraModel"/>, low-rank updates of some.
/// </summary>
internal abstract class TrainedModel(FlatParameters parameters) : IDisposable
{
    /// <summary>What the optimizer changes.</summary>
    public FlatParameters Parameters => parameters;

    /// <summary>Whether the weights of the start are needed to go on from a saved state.</summary>
    public abstract bool NeedsStart { get; }

    public static TrainedModel Create(TrainRecipe recipe, ModelConfig config, Device device)
    {
        var type = TensorBytes.ToScalarType(recipe.ComputeDType);
        return recipe.Lora is { } lora
            ? LoraModel.Create(config, lora, type, recipe.Memory.Master, device)
            : new FullModel(new FlatParameters(config.Parameters, type, recipe.Memory.Master, device));
    }

    /// <summary>The model to be differentiated, on the weights as they are at any time.</summary>
    public abstract Transformer CreateTransformer(ModelConfig config);

    /// <summary>Takes a tensor of the start.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <param name="values">Of the checkpoint's type.</param>
    public abstract void Load(string name, Tensor values);

    /// <summary>Whether training changes a tensor of the checkpoint.</summary>
    public abstract bool Changes(string name);

    /// <summary>A tensor as it is now, rounded once to the type of the checkpoint; raw, little-endian.</summary>
    /// <param name="name">Its name in the checkpoint.</param>
    /// <param name="dtype">Floating.</param>
    /// <param name="start">The tensor of the start; null where <see cref="NeedsStart"/> is false.</param>
    public abstract byte[] Bytes(string name, DType dtype, Tensor? start);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => parameters.Dispose();

    protected static byte[] BytesOf(Tensor tensor)
    {
        var bytes = new byte[TensorBytes.SizeOf(tensor)];
        TensorBytes.CopyBytes(tensor, bytes);
        return bytes;
    }
}
