using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Configuration;
using Graft.Modeling.Tokenizers;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>What a job starts from: config, tokenizer and, for a checkpoint, weights.</summary>
internal sealed class StartingPoint(StoreClient store, Manifest manifest, ModelConfig config, Tokenizer tokenizer)
{
    public Manifest Manifest => manifest;

    public ModelConfig Config => config;

    public Tokenizer Tokenizer => tokenizer;

    /// <summary>Finds the chat template in the tokenizer's files; null when there is none, a fault when it is an unknown one.</summary>
    public Func<ChatTemplate?> OwnTemplate { get; private init; } = () => null;

    /// <exception cref="FaultException">Invalid: not a checkpoint or blueprint, a missing file, or weights that do not fit the config.</exception>
    public static async Task<StartingPoint> OpenAsync(StoreClient store, TrainStart start, CancellationToken cancellationToken)
    {
        var (digest, expected) = start switch
        {
            CheckpointStart checkpoint => (checkpoint.Checkpoint, ArtifactKind.Checkpoint),
            RandomStart random => (random.Blueprint, ArtifactKind.Blueprint),
            _ => throw new ArgumentOutOfRangeException(nameof(start), start.GetType().Name, "Unknown start."),
        };
        var artifact = await store.GetArtifactAsync(digest.ToString(), cancellationToken);
        if (artifact.Manifest.Kind != expected)
        {
            throw FaultException.Invalid($"{digest} is a {artifact.Manifest.Kind}, and the recipe starts from a {expected}.", "recipe.start");
        }

        var config = ModelConfig.Parse(await ReadAsync(store, artifact, "config.json", cancellationToken));
        var settings = artifact.Manifest.File("tokenizer_config.json") is null
            ? []
            : await ReadAsync(store, artifact, "tokenizer_config.json", cancellationToken);
        var tokenizer = Tokenizer.Parse(await ReadAsync(store, artifact, "tokenizer.json", cancellationToken), settings);
        var jinja = artifact.Manifest.File("chat_template.jinja") is null ? [] : await ReadAsync(store, artifact, "chat_template.jinja", cancellationToken);
        var point = new StartingPoint(store, artifact.Manifest, config, tokenizer) { OwnTemplate = () => ChatTemplates.Recognize(settings, jinja) };
        if (expected == ArtifactKind.Checkpoint)
        {
            point.CheckWeights(digest);
        }

        return point;
    }

    /// <summary>Reads the checkpoint's weights, tensor by tensor, into the fp32 master buffer.</summary>
    public async Task LoadAsync(TrainingSession session, CancellationToken cancellationToken)
    {
        foreach (var entry in manifest.Tensors.Where(entry => session.Parameters.Views.ContainsKey(entry.Name)))
        {
            var bytes = await store.ReadAsync(entry.Sha256, entry.Size, cancellationToken);
            using var none = no_grad();
            using var saved = TensorBytes.ToTensor(bytes, entry.DType, [.. entry.Shape], CPU);
            using var view = session.Parameters.View(session.Parameters.Master, entry.Name);
            view.copy_(saved);
        }

        session.Parameters.Publish();
    }

    private void CheckWeights(Digest digest)
    {
        foreach (var (name, shape) in config.Parameters)
        {
            var entry = manifest.Tensors.FirstOrDefault(entry => entry.Name == name)
                ?? throw FaultException.Invalid($"The checkpoint {digest} lacks the tensor {name} that its config.json asks for.", "recipe.start");
            if (!entry.Shape.SequenceEqual(shape))
            {
                throw FaultException.Invalid(
                    $"The tensor {name} of the checkpoint {digest} is [{string.Join(", ", entry.Shape)}], and its config.json asks for [{string.Join(", ", shape)}].",
                    "recipe.start");
            }
        }
    }

    private static async Task<byte[]> ReadAsync(StoreClient store, ArtifactInfo artifact, string path, CancellationToken cancellationToken)
    {
        var file = artifact.Manifest.File(path)
            ?? throw FaultException.Invalid($"{artifact.Digest} has no {path}; training needs it.", "recipe.start");
        return await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
    }
}
