using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>Fetches what plans are made of: manifests and config.json, no tensor.</summary>
internal sealed class SourceReader(StoreClient store)
{
    private const long MaxConfigBytes = 1 << 20;

    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<ArtifactKind> KindAsync(Digest digest, CancellationToken cancellationToken) =>
        (await store.GetArtifactAsync(digest.ToString(), cancellationToken)).Manifest.Kind;

    /// <exception cref="FaultException">NotFound. Invalid: no checkpoint.</exception>
    public async Task<Source> CheckpointAsync(Digest digest, string field, string role, CancellationToken cancellationToken)
    {
        var manifest = (await store.GetArtifactAsync(digest.ToString(), cancellationToken)).Manifest;
        if (manifest.Kind != ArtifactKind.Checkpoint)
        {
            throw FaultException.Invalid($"As {role} a checkpoint is needed, but {digest} is a {manifest.Kind}.", field);
        }

        var config = manifest.File(ConfigFacts.File) is not { } file ? null
            : file.Size > MaxConfigBytes
                ? throw FaultException.Invalid($"The {ConfigFacts.File} of {role} ({digest}) has {file.Size} bytes, which no config has.", field)
            : ConfigFacts.Parse(await store.ReadAsync(file.Sha256, file.Size, cancellationToken), digest.ToString());
        return new Source(field, role, digest.Short, manifest, config);
    }

    /// <exception cref="FaultException">NotFound. Invalid: no diff vector.</exception>
    public async Task<VectorSource> VectorAsync(Digest digest, double scale, string field, CancellationToken cancellationToken)
    {
        var manifest = (await store.GetArtifactAsync(digest.ToString(), cancellationToken)).Manifest;
        if (manifest.DiffVector is not { } vector)
        {
            throw FaultException.Invalid(
                $"{digest} is a {manifest.Kind}, not a diff vector; extract one from the fine-tuned checkpoint and its pretrained one.", field);
        }

        return new VectorSource(
            await CheckpointAsync(vector.FineTuned, field, $"FT of vector {digest.Short}", cancellationToken),
            await CheckpointAsync(vector.Pretrained, field, $"PT of vector {digest.Short}", cancellationToken),
            scale);
    }
}
