using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Cli.Commands;

/// <summary>What a training starts from.</summary>
/// <param name="Digest">A checkpoint, or a blueprint.</param>
/// <param name="IsBlueprint">Whether it has no weights yet.</param>
/// <param name="DType">Element type of its weights; fp32 for a blueprint.</param>
/// <param name="Config">Its config.</param>
internal sealed record StartingModel(Digest Digest, bool IsBlueprint, DType DType, ModelConfig Config)
{
    /// <exception cref="FaultException">NotFound; Invalid: neither checkpoint nor blueprint, or of a model that is not supported.</exception>
    public static async Task<StartingModel> ReadAsync(StoreClient store, string reference, CancellationToken cancellationToken)
    {
        var info = await store.GetArtifactAsync(reference, cancellationToken);
        if (info.Manifest.Kind is not (ArtifactKind.Checkpoint or ArtifactKind.Blueprint) || info.Manifest.File("config.json") is not { } file)
        {
            throw FaultException.Invalid($"{reference} is a {info.Manifest.Kind}; training starts from a checkpoint or a blueprint with a config.json.");
        }

        return new StartingModel(
            info.Digest,
            info.Manifest.Kind == ArtifactKind.Blueprint,
            info.Manifest.Tensors.Select(tensor => tensor.DType).FirstOrDefault(type => type.IsFloat(), DType.F32),
            ModelConfig.Parse(await store.ReadAsync(file.Sha256, file.Size, cancellationToken)));
    }
}
