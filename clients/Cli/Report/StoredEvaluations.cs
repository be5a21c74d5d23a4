using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Report;

/// <summary>Reads the files of evaluation artifacts from the store.</summary>
internal sealed class StoredEvaluations(StoreClient store)
{
    /// <exception cref="FaultException">Corrupt: the artifact is not an evaluation. Others as the store reports them.</exception>
    public async Task<EvaluationFiles> ReadAsync(Digest evaluation, CancellationToken cancellation)
    {
        var manifest = (await store.GetArtifactAsync(evaluation.ToString(), cancellation)).Manifest;
        if (manifest.File(EvaluationFiles.ScoresPath) is not { } scores)
        {
            throw FaultException.Corrupt(
                $"Artifact {evaluation.Short} should be an evaluation, but is of kind {manifest.Kind} and has no {EvaluationFiles.ScoresPath}.");
        }

        var samples = manifest.File(EvaluationFiles.SamplesPath);
        return new EvaluationFiles(
            await store.ReadAsync(scores.Sha256, scores.Size, cancellation),
            samples is null ? null : await store.ReadAsync(samples.Sha256, samples.Size, cancellation));
    }
}
