using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Coordinator.Run.Costs;

/// <summary>Sizes of artifacts from their manifests, each read once: an artifact never changes.</summary>
internal sealed class StoredSizes(StoreClient store)
{
    private const int Parallelism = 16;
    private const int Capacity = 100_000;

    private readonly ConcurrentDictionary<Digest, ArtifactSize> _known = new();

    /// <returns>In the order asked; null where there is none, or its manifest does not say.</returns>
    public async Task<IReadOnlyList<ArtifactSize?>> FindAsync(IReadOnlyList<Digest> artifacts, CancellationToken cancellationToken)
    {
        var sizes = new ArtifactSize?[artifacts.Count];
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, sizes.Length, bounds, async (i, token) => sizes[i] = await FindAsync(artifacts[i], token));
        return sizes;
    }

    private async Task<ArtifactSize?> FindAsync(Digest artifact, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(artifact, out var known))
        {
            return known;
        }

        try
        {
            var size = await MeasureAsync((await store.GetArtifactAsync(artifact.ToString(), cancellationToken)).Manifest, cancellationToken);
            if (size is not null && _known.Count < Capacity)
            {
                _known[artifact] = size;
            }

            return size;
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Corrupt)
        {
            return null;
        }
    }

    private async Task<ArtifactSize?> MeasureAsync(Manifest manifest, CancellationToken cancellationToken)
    {
        var bytes = manifest.LogicalSize;
        var parameters = manifest.Tensors.Sum(tensor => tensor.Elements);
        if (manifest.DiffVector is { } vector)
        {
            return await FindAsync(vector.FineTuned, cancellationToken) is { } tuned && await FindAsync(vector.Pretrained, cancellationToken) is { } pretrained
                ? new ArtifactSize(bytes, pretrained.Parameters, tuned.Bytes + pretrained.Bytes)
                : null;
        }

        return manifest.Kind == ArtifactKind.Blueprint
            && manifest.File(ModelConfig.File) is { } config
            && ModelConfig.CountParameters(await store.ReadAsync(config.Sha256, config.Size, cancellationToken)) is { } count
            ? new ArtifactSize(bytes, count, bytes)
            : new ArtifactSize(bytes, parameters, bytes);
    }
}
