using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Hosting.Telemetry;
using Graft.Modeling.Configuration;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>Puts a job's checkpoints and its log into the store as results of their recipes.</summary>
internal sealed class Publisher(StoreClient store, TrainRecipe recipe, ModelConfig config, Manifest start)
{
    /// <summary>Stores the weights as they are now, rounded once to the checkpoint dtype, as a delta against the start's.</summary>
    public async Task<Digest> CheckpointAsync(TrainingSession session, CancellationToken cancellationToken)
    {
        using var span = GraftTracing.Source.StartActivity("publish checkpoint");
        span?.SetTag("graft.step", session.Step);
        var starts = start.Tensors.ToDictionary(entry => entry.Name);
        List<TensorEntry> tensors = [];
        foreach (var (name, shape) in config.Parameters)
        {
            var origin = starts.GetValueOrDefault(name);
            tensors.Add(origin?.DType == recipe.CheckpointDType && !session.Model.Changes(name)
                ? origin
                : await WriteAsync(session.Model, name, shape, origin, cancellationToken));
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

    private async Task<TensorEntry> WriteAsync(
        TrainedModel model, string name, long[] shape, TensorEntry? origin, CancellationToken cancellationToken)
    {
        using var before = model.NeedsStart ? await StartAsync(origin!, cancellationToken) : null;
        var bytes = model.Bytes(name, recipe.CheckpointDType, before);
        var parent = origin?.DType == recipe.CheckpointDType ? origin.Sha256 : (Digest?)null;
        return await store.WriteTensorAsync(name, recipe.CheckpointDType, shape, bytes, parent, cancellationToken);
    }

    private async Task<Tensor> StartAsync(TensorEntry origin, CancellationToken cancellationToken)
    {
        var bytes = await store.ReadAsync(origin.Sha256, origin.Size, cancellationToken);
        return TensorBytes.ToTensor(bytes, origin.DType, [.. origin.Shape], CPU);
    }
}
