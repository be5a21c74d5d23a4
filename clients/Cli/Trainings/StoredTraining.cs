using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer.Metrics;

namespace Graft.Cli.Trainings;

/// <summary>The steps of a training that is over, from its log.</summary>
internal static class StoredTraining
{
    private const string LogFile = "log.jsonl";

    /// <summary>Name of the log of a training whose last checkpoint has a name.</summary>
    public static string LogName(string checkpoint) => $"{checkpoint}/log";

    /// <param name="store">Where it is.</param>
    /// <param name="reference">A training log, or a checkpoint that graft train has named.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound; Invalid: neither of them.</exception>
    public static async Task<V1.WatchTrainingResponse> ReadAsync(StoreClient store, string reference, CancellationToken cancellationToken)
    {
        var artifact = await store.GetArtifactAsync(reference, cancellationToken);
        if (artifact.Manifest.Kind == ArtifactKind.Checkpoint)
        {
            artifact = await store.GetArtifactAsync(LogName(reference), cancellationToken);
        }

        var file = artifact.Manifest.File(LogFile)
            ?? throw FaultException.Invalid($"{reference} is a {artifact.Manifest.Kind}; a training log, or a checkpoint that graft train made, is expected.");
        var log = await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
        var response = new V1.WatchTrainingResponse { Ended = true };
        response.Steps.AddRange(LoggedSteps.Read(System.Text.Encoding.UTF8.GetString(log)).Select(step => new V1.TrainingStep
        {
            Step = step.Step,
            Loss = step.Loss,
            LearningRate = step.LearningRate,
            GradientNorm = step.GradientNorm,
            Tokens = step.Tokens,
            Skipped = step.Skipped,
        }));
        response.Total = response.Steps.Count > 0 ? response.Steps[^1].Step : 0;
        return response;
    }
}
