using Graft.Artifacts;
using Graft.Modeling.Transformers;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Evaluator.Loading;

/// <summary>A model with its weights in memory, which it owns.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly Dictionary<string, Tensor> _weights = new(StringComparer.Ordinal);

    private LoadedModel()
    {
    }

    public Transformer Transformer { get; private set; } = null!;

    /// <summary>Reads the weights tensor by tensor, each cast to the compute type and taken to the device on arrival.</summary>
    public static async Task<LoadedModel> ReadAsync(
        CheckpointHeader header, DType compute, Device device, IContentReader contents, CancellationToken cancellationToken)
    {
        var tensors = header.Manifest.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var model = new LoadedModel();
        try
        {
            foreach (var (name, _) in header.Config.Parameters)
            {
                var entry = tensors[name];
                var bytes = await contents.ReadAsync(entry.Sha256, entry.Size, cancellationToken);
                model._weights.Add(name, Cast(TensorBytes.ToTensor(bytes, entry.DType, [.. entry.Shape], CPU), compute, device));
            }

            model.Transformer = new Transformer(header.Config, model._weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Transformer?.Dispose();
        foreach (var tensor in _weights.Values)
        {
            tensor.Dispose();
        }
    }

    private static Tensor Cast(Tensor stored, DType compute, Device device)
    {
        var type = TensorBytes.ToScalarType(compute);
        if (stored.dtype == type && device.type == TorchSharp.DeviceType.CPU)
        {
            return stored;
        }

        using (stored)
        {
            return stored.to(type, device);
        }
    }
}
