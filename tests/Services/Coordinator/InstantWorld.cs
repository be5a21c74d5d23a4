using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Coordinator.Run;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Tests.Services.Coordinator;

/// <summary>A world in which every recipe is done at once, unless it is held back; runs are kept in memory.</summary>
internal sealed class InstantWorld : IWorld
{
    private readonly ConcurrentDictionary<Digest, Digest> _results = new();
    private readonly ConcurrentDictionary<string, StoredRun> _runs = new();

    /// <summary>Jobs wait for it.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public ConcurrentQueue<Recipe> Cancelled { get; } = new();

    public static Digest Artifact(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));

    public Task<(Digest Artifact, ArtifactKind Kind)> ResolveAsync(string reference, CancellationToken cancellationToken) =>
        Task.FromResult((Digest.TryParse(reference, out var digest) ? digest : Artifact(reference), reference.EndsWith("jsonl", StringComparison.Ordinal) ? ArtifactKind.Dataset : ArtifactKind.Checkpoint));

    public Task<IReadOnlyList<Digest?>> LookUpResultsAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Digest?>>([.. recipes.Select(recipe => _results.TryGetValue(recipe, out var made) ? made : (Digest?)null)]);

    public async IAsyncEnumerable<JobStatus> RunAsync(Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var digest = RecipeCodec.DigestOf(recipe);
        var progress = new JobProgress(1, 2, "tensors", new Dictionary<string, double> { ["norm"] = 0.5 }, TimeSpan.FromSeconds(3));
        yield return new JobStatus($"{digest}", "", JobState.Running, progress, new Dictionary<string, Digest>(), null);
        await Hold.WaitAsync(cancellationToken);
        _results[digest] = Artifact($"made by {digest}");
        yield return new JobStatus($"{digest}", "", JobState.Succeeded, progress, new Dictionary<string, Digest> { ["result"] = _results[digest] }, null);
    }

    public Task<FaultException?> FindAbsenceAsync(Recipe recipe, CancellationToken cancellationToken) => Task.FromResult<FaultException?>(null);

    public Task<FaultException?> FindObstacleAsync(MergeRecipe recipe, CancellationToken cancellationToken) => Task.FromResult<FaultException?>(null);

    // Of a thousand parameters and bytes each.
    public Task<IReadOnlyList<ArtifactSize?>> SizesAsync(IReadOnlyList<Digest> artifacts, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ArtifactSize?>>([.. artifacts.Select(_ => new ArtifactSize(1000, 1000, 1000))]);

    public Task CancelAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        Cancelled.Enqueue(recipe);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, Digest>> NamesAsync(string prefix, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, Digest>>(new Dictionary<string, Digest>());

    public Task SetNameAsync(string name, Digest artifact, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SaveAsync(StoredRun run, CancellationToken cancellationToken)
    {
        _runs[run.Id] = run;
        return Task.CompletedTask;
    }

    public Task<StoredRun?> LoadAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_runs.GetValueOrDefault(id));

    public Task<IReadOnlyList<StoredRun>> LoadAllAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<StoredRun>>([.. _runs.Values]);
}
