using Graft.Artifacts;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Graft.Modeling.Tokenizers;

namespace Graft.Evaluator.Loading;

/// <summary>A checkpoint without its weights, checked: that the weights it lists are those its config asks for.</summary>
internal sealed record CheckpointHeader(Manifest Manifest, ModelConfig Config, Tokenizer Tokenizer)
{
    private const string Field = "recipe.checkpoint";

    /// <exception cref="FaultException">Invalid: no checkpoint, a missing or unsupported file, or tensors that do not fit the config.</exception>
    public static async Task<CheckpointHeader> ReadAsync(Manifest manifest, IContentReader contents, CancellationToken cancellationToken)
    {
        if (manifest.Kind != ArtifactKind.Checkpoint)
        {
            throw FaultException.Invalid($"A {manifest.Kind} cannot be evaluated; a {ArtifactKind.Checkpoint} is needed.", Field);
        }

        var config = ModelConfig.Parse(await FileAsync("config.json"));
        TensorCheck.Run(config, manifest);
        var settings = manifest.File("tokenizer_config.json") is null ? [] : await FileAsync("tokenizer_config.json");
        return new CheckpointHeader(manifest, config, Tokenizer.Parse(await FileAsync("tokenizer.json"), settings));

        async Task<byte[]> FileAsync(string path)
        {
            var file = manifest.File(path) ?? throw FaultException.Invalid($"The checkpoint has no {path}; it cannot be evaluated without.", Field);
            return await contents.ReadAsync(file.Sha256, file.Size, cancellationToken);
        }
    }
}
