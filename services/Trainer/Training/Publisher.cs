using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>Puts a job's checkpoints and its log into the store as results of their recipes.</summary>
internal sealed class Publisher(StoreClient store, TrainRecipe recipe, Manifest start)
{
    /// <summary>Stores the weights as they are now, rounded once to the checkpoint dtype, as a delta against the start's.</summary>
    public async Task<Digest> CheckpointAsync(TrainingSession session, CancellationToken cancellationToken)
    {
        var parents = start.Tensors.ToDictionary(entry => entry.Name);
        List<TensorEntry> tensors = [];
        foreach (var name in session.Parameters.Views.Keys.Order(StringComparer.Ordinal))
        {
            var (bytes, shape) = Bytes(session, name);
            var parent = parents.TryGetValue(name, out var entry) && entry.DType == recipe.CheckpointDType ? entry.Sha256 : (Digest?)null;
            tensors.Add(await store.WriteTensorAsync(name, recipe.CheckpointDType, shape, bytes, parent, cancellationToken));
        }

        var manifest = new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors, Files = start.Files };
        var digest = await store.PutArtifactAsync(manifest, name: null, cancellationToken);
        await store.PutResultAsync(new CheckpointRecipe(recipe, session.Step), digest, cancellationToken);
        return digest;
    }

    /// <summary>Stores the log with the checkpoints it led to: the result of the whole recipe.</summary>
    public async Task<Digest> LogAsync(TrainingSession session, IReadOnlyDictionary<int, Digest> checkpoints, CancellationToken cancellationToken)
    {
        var list = JsonSerializer.SerializeToUtf8Bytes(
            checkpoints.OrderBy(pair => pair.Key).ToDictionary(pair => $"{pair.Key}", pair => pair.Value.ToString()));
        var manifest = new Manifest(ArtifactKind.TrainingLog)
        {
            Files =
            [
                await store.WriteFileAsync("checkpoints.json", list, cancellationToken),
                await store.WriteFileAsync("log.jsonl", Encoding.UTF8.GetBytes(session.Log.ToString()), cancellationToken),
            ],
        };
        var digest = await store.PutArtifactAsync(manifest, name: null, cancellationToken);
        await store.PutResultAsync(recipe, digest, cancellationToken);
        return digest;
    }

    private (byte[] Bytes, long[] Shape) Bytes(TrainingSession session, string name)
    {
        using var none = no_grad();
        using var view = session.Parameters.View(session.Parameters.Master, name);
        using var rounded = view.to(TensorBytes.ToScalarType(recipe.CheckpointDType));
        var bytes = new byte[rounded.numel() * recipe.CheckpointDType.Size()];
        TensorBytes.CopyBytes(rounded, bytes);
        return (bytes, view.shape);
    }
}
