using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>The store and the workers, through their clients.</summary>
internal sealed class ClientWorld(StoreClient store, WorkerClient workers) : IWorld
{
    private const string Prefix = "runs/";

    private readonly StoredSizes _sizes = new(store);

    // A run's artifact never changes; its name moves on to a new one.
    private readonly ConcurrentDictionary<string, (Digest Artifact, StoredRun Run)> _loaded = new();

    public async Task<(Digest Artifact, ArtifactKind Kind)> ResolveAsync(string reference, CancellationToken cancellationToken)
    {
        var found = await store.GetArtifactAsync(reference, cancellationToken);
        return (found.Digest, found.Manifest.Kind);
    }

    public Task<IReadOnlyList<Digest?>> LookUpResultsAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken) =>
        store.LookUpResultsAsync(recipes, cancellationToken);

    public async IAsyncEnumerable<JobStatus> RunAsync(Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return await workers.StartAsync(recipe, cancellationToken);
        await foreach (var status in workers.WatchAsync(recipe, cancellationToken))
        {
            yield return status;
        }
    }

    public Task<FaultException?> FindAbsenceAsync(Recipe recipe, CancellationToken cancellationToken) => workers.FindAbsenceAsync(recipe, cancellationToken);

    public async Task<FaultException?> FindObstacleAsync(MergeRecipe recipe, CancellationToken cancellationToken)
    {
        var plan = await workers.PlanMergeAsync(recipe, cancellationToken);
        return plan.Problems.Count == 0
            ? null
            : new FaultException(FaultKind.Precondition, string.Join(' ', plan.Problems.Select(problem => problem.Message)));
    }

    public Task<IReadOnlyList<ArtifactSize?>> SizesAsync(IReadOnlyList<Digest> artifacts, CancellationToken cancellationToken) =>
        _sizes.FindAsync(artifacts, cancellationToken);

    public Task CancelAsync(Recipe recipe, CancellationToken cancellationToken) => workers.CancelAsync(recipe, cancellationToken);

    public async Task<IReadOnlyDictionary<string, Digest>> NamesAsync(string prefix, CancellationToken cancellationToken)
    {
        Dictionary<string, Digest> names = [];
        await foreach (var entry in store.ListNamesAsync(prefix, cancellationToken))
        {
            names[entry.Name] = entry.Artifact;
        }

        return names;
    }

    public Task SetNameAsync(string name, Digest artifact, CancellationToken cancellationToken) =>
        store.SetNameAsync(name, artifact, cancellationToken);

    public async Task SaveAsync(StoredRun run, CancellationToken cancellationToken)
    {
        List<FileEntry> files = [];
        foreach (var (path, bytes) in StoredRunFiles.Write(run))
        {
            files.Add(await store.WriteFileAsync(path, bytes, cancellationToken));
        }

        await store.PutArtifactAsync(new Manifest(ArtifactKind.Run) { Files = files }, Prefix + run.Id, cancellationToken);
    }

    public async Task<StoredRun?> LoadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(await store.GetArtifactAsync(Prefix + id, cancellationToken), cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Invalid)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<StoredRun>> LoadAllAsync(CancellationToken cancellationToken)
    {
        List<StoredRun> runs = [];
        await foreach (var entry in store.ListNamesAsync(Prefix, cancellationToken))
        {
            if (!_loaded.TryGetValue(entry.Name, out var known) || known.Artifact != entry.Artifact)
            {
                known = (entry.Artifact, await ReadAsync(await store.GetArtifactAsync(entry.Artifact.ToString(), cancellationToken), cancellationToken));
                _loaded[entry.Name] = known;
            }

            runs.Add(known.Run);
        }

        return runs;
    }

    private async Task<StoredRun> ReadAsync(ArtifactInfo artifact, CancellationToken cancellationToken)
    {
        Dictionary<string, byte[]> contents = [];
        foreach (var file in artifact.Manifest.Files)
        {
            contents[file.Path] = await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
        }

        return StoredRunFiles.Read(path => contents.GetValueOrDefault(path, []));
    }
}
