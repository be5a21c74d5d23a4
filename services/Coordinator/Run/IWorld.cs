using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>
/// All that runs need of the rest of Graft. The seam where tests put failures; every method may throw a <see cref="FaultException"/>
/// of kind Unavailable, which passes.
/// </summary>
internal interface IWorld
{
    /// <summary>What a name or digest stands for.</summary>
    /// <exception cref="FaultException">NotFound.</exception>
    Task<(Digest Artifact, ArtifactKind Kind)> ResolveAsync(string reference, CancellationToken cancellationToken);

    /// <summary>What recipes have made, in the order asked; null where nothing is recorded, or where its contents are gone.</summary>
    Task<IReadOnlyList<Digest?>> LookUpResultsAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken);

    /// <summary>
    /// Has a worker execute a recipe, or attaches to the job when it is already running, and follows it to its end. Ceasing to follow
    /// does not stop the job.
    /// </summary>
    /// <exception cref="FaultException">Exhausted: no worker is free, with the time to wait.</exception>
    IAsyncEnumerable<JobStatus> RunAsync(Recipe recipe, CancellationToken cancellationToken);

    /// <summary>Whether any worker that can execute such a recipe answers.</summary>
    /// <returns>Null, or why not.</returns>
    Task<FaultException?> FindAbsenceAsync(Recipe recipe, CancellationToken cancellationToken);

    /// <summary>What stands against a merge of artifacts that exist, all of it.</summary>
    /// <returns>Null for nothing.</returns>
    Task<FaultException?> FindObstacleAsync(MergeRecipe recipe, CancellationToken cancellationToken);

    /// <summary>How large artifacts are, in the order asked; null where it cannot be told.</summary>
    Task<IReadOnlyList<ArtifactSize?>> SizesAsync(IReadOnlyList<Digest> artifacts, CancellationToken cancellationToken);

    /// <summary>Asks a job to stop; nothing happens when there is none.</summary>
    Task CancelAsync(Recipe recipe, CancellationToken cancellationToken);

    /// <summary>Names that begin with a prefix, and what they point at.</summary>
    Task<IReadOnlyDictionary<string, Digest>> NamesAsync(string prefix, CancellationToken cancellationToken);

    Task SetNameAsync(string name, Digest artifact, CancellationToken cancellationToken);

    /// <summary>Keeps a run in place of what was kept under its id.</summary>
    Task SaveAsync(StoredRun run, CancellationToken cancellationToken);

    /// <returns>The run; null when none is kept under that id.</returns>
    Task<StoredRun?> LoadAsync(string id, CancellationToken cancellationToken);

    /// <summary>All runs that are kept, in no order.</summary>
    Task<IReadOnlyList<StoredRun>> LoadAllAsync(CancellationToken cancellationToken);
}
