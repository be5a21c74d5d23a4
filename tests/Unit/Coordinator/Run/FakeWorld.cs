using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Coordinator.Run;
using Graft.Coordinator.Run.Costs;
using Graft.Faults;

namespace Graft.Tests.Unit.Coordinator.Run;

/// <summary>
/// A store and workers in memory. Jobs go on when nobody follows them, as on real workers; a test holds them back, lets them fail or
/// makes servers silent.
/// </summary>
internal sealed class FakeWorld : IWorld
{
    private readonly ConcurrentDictionary<Digest, FakeJob> _jobs = new();
    private readonly ConcurrentDictionary<string, StoredRun> _runs = new();
    private int _running;

    /// <summary>Awaited by a job before it ends (step null) or keeps a checkpoint.</summary>
    public Func<Recipe, int?, Task> Hold { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>What goes wrong with a recipe when its job starts; null for nothing.</summary>
    public Func<Recipe, FaultException?> FailStart { get; set; } = _ => null;

    /// <summary>How a job fails before it ends; null for not at all.</summary>
    public Func<Recipe, FaultException?> FailJob { get; set; } = _ => null;

    /// <summary>Awaited before the runs that are kept, as they are when asked for, are told.</summary>
    public Task HoldRuns { get; set; } = Task.CompletedTask;

    /// <summary>Awaited before a run that is kept, as it is when asked for, is told.</summary>
    public Task HoldRun { get; set; } = Task.CompletedTask;

    /// <summary>What the store says to a look-up.</summary>
    public Func<FaultException?> FailLookUp { get; set; } = () => null;

    public ConcurrentDictionary<Digest, Digest> Results { get; } = new();

    public ConcurrentDictionary<string, Digest> Names { get; } = new();

    /// <summary>Recipes in the order in which their execution began; one that was found done is not among them.</summary>
    public ConcurrentQueue<Recipe> Executed { get; } = new();

    public ConcurrentQueue<Recipe> Cancelled { get; } = new();

    public int MostRunning { get; private set; }

    public int LookUps { get; private set; }

    public int NamesSet { get; private set; }

    public IEnumerable<Digest> ExecutedDigests => Executed.Select(RecipeCodec.DigestOf);

    public StoredRun Stored(string id) => _runs[id];

    public Task<(Digest Artifact, ArtifactKind Kind)> ResolveAsync(string reference, CancellationToken cancellationToken) =>
        reference == "missing"
            ? throw FaultException.NotFound("There is nothing called 'missing'.")
            : Task.FromResult((Digest.TryParse(reference, out var digest) ? digest : DemoSpec.InputOf(reference), KindOf(reference)));

    public Task<IReadOnlyList<Digest?>> LookUpResultsAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken)
    {
        LookUps++;
        return FailLookUp() is { } fault
            ? Task.FromException<IReadOnlyList<Digest?>>(fault)
            : Task.FromResult<IReadOnlyList<Digest?>>([.. recipes.Select(recipe => Results.TryGetValue(recipe, out var made) ? made : (Digest?)null)]);
    }

    public async IAsyncEnumerable<JobStatus> RunAsync(Recipe recipe, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (FailStart(recipe) is { } fault)
        {
            throw fault;
        }

        var digest = RecipeCodec.DigestOf(recipe);
        var job = _jobs.AddOrUpdate(digest, _ => new FakeJob(), (_, old) => old.Status.State is JobState.Running or JobState.Succeeded ? old : new FakeJob());
        job.StartOnce(() => ExecuteAsync(recipe, digest, job));
        while (true)
        {
            var changed = job.Changed;
            var status = job.Status;
            yield return status;
            if (status.State != JobState.Running)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Why no worker executes a recipe; null when one does.</summary>
    public Func<Recipe, FaultException?> Absence { get; set; } = _ => null;

    public Func<MergeRecipe, FaultException?> Obstacle { get; set; } = _ => null;

    public ConcurrentDictionary<Digest, ArtifactSize> Sizes { get; } = new();

    public Task<FaultException?> FindAbsenceAsync(Recipe recipe, CancellationToken cancellationToken) => Task.FromResult(Absence(recipe));

    public Task<FaultException?> FindObstacleAsync(MergeRecipe recipe, CancellationToken cancellationToken) => Task.FromResult(Obstacle(recipe));

    public Task<IReadOnlyList<ArtifactSize?>> SizesAsync(IReadOnlyList<Digest> artifacts, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ArtifactSize?>>([.. artifacts.Select(artifact => Sizes.GetValueOrDefault(artifact))]);

    public Task CancelAsync(Recipe recipe, CancellationToken cancellationToken)
    {
        Cancelled.Enqueue(recipe);
        _jobs.GetValueOrDefault(RecipeCodec.DigestOf(recipe))?.Become(status => status with { State = JobState.Cancelled });
        return Task.CompletedTask;
    }

    public Task<IReadOnlyDictionary<string, Digest>> NamesAsync(string prefix, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, Digest>>(
            Names.Where(name => name.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary());

    public Task SetNameAsync(string name, Digest artifact, CancellationToken cancellationToken)
    {
        lock (Names)
        {
            NamesSet++;
        }

        Names[name] = artifact;
        return Task.CompletedTask;
    }

    public Task SaveAsync(StoredRun run, CancellationToken cancellationToken)
    {
        // Through the files, so that every test of a restart tests them too.
        var files = StoredRunFiles.Write(run).ToDictionary(file => file.Path, file => file.Bytes);
        _runs[run.Id] = StoredRunFiles.Read(path => files[path]);
        return Task.CompletedTask;
    }

    public async Task<StoredRun?> LoadAsync(string id, CancellationToken cancellationToken)
    {
        var run = _runs.GetValueOrDefault(id);
        await HoldRun;
        return run;
    }

    public async Task<IReadOnlyList<StoredRun>> LoadAllAsync(CancellationToken cancellationToken)
    {
        StoredRun[] runs = [.. _runs.Values];
        await HoldRuns;
        return runs;
    }

    /// <summary>Makes a job lose its worker: who follows it sees it given up, and it must be started again.</summary>
    public void Kill(Digest recipe) => _jobs[recipe].Become(status => status with { State = JobState.Cancelled });

    public void Fail(Digest recipe, FaultException fault) =>
        _jobs[recipe].Become(status => status with { State = JobState.Failed, Error = fault });

    public void Report(Digest recipe, JobProgress progress) => _jobs[recipe].Become(status => status with { Progress = progress });

    public bool IsRunning(Digest recipe) => _jobs.TryGetValue(recipe, out var job) && job.Status.State == JobState.Running;

    private async Task ExecuteAsync(Recipe recipe, Digest digest, FakeJob job)
    {
        if (Results.TryGetValue(digest, out var known))
        {
            job.Become(status => status with { State = JobState.Succeeded, Outputs = Outputs(recipe, known) });
            return;
        }

        lock (_jobs)
        {
            Executed.Enqueue(recipe);
            MostRunning = Math.Max(MostRunning, ++_running);
        }

        if (recipe is TrainRecipe train)
        {
            foreach (var step in train.CheckpointSteps)
            {
                await Hold(recipe, step);
                var kept = new CheckpointRecipe(train, step);
                Record(kept);
                job.Become(status => status with { Outputs = Outputs(recipe, null) });
            }
        }

        await Hold(recipe, null);
        lock (_jobs)
        {
            _running--;
        }

        if (FailJob(recipe) is { } fault)
        {
            job.Become(status => status with { State = JobState.Failed, Error = fault });
        }
        else
        {
            job.Become(status => status with { State = JobState.Succeeded, Outputs = Outputs(recipe, Record(recipe)) });
        }
    }

    private Digest Record(Recipe recipe) => Results.GetOrAdd(RecipeCodec.DigestOf(recipe), Made.ArtifactOf(recipe));

    private Dictionary<string, Digest> Outputs(Recipe recipe, Digest? result)
    {
        Dictionary<string, Digest> outputs = [];
        foreach (var step in (recipe as TrainRecipe)?.CheckpointSteps ?? [])
        {
            if (Results.TryGetValue(RecipeCodec.DigestOf(new CheckpointRecipe((TrainRecipe)recipe, step)), out var kept))
            {
                outputs[$"step-{step}"] = kept;
            }
        }

        if (result is { } made)
        {
            outputs["result"] = made;
        }

        return outputs;
    }

    private static ArtifactKind KindOf(string reference) =>
        reference == DemoSpec.InputOf("./tiny").ToString() ? ArtifactKind.Blueprint
        : reference.StartsWith('M') || Enumerable.Range(1, 60).Any(i => reference == DemoSpec.InputOf($"./M{i}").ToString() || reference == DemoSpec.InputOf($"./M{i}-FT").ToString())
            ? ArtifactKind.Checkpoint
            : ArtifactKind.Dataset;

    private sealed class FakeJob
    {
        private readonly Lock _lock = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _started;

        public JobStatus Status { get; private set; } = new("", "", JobState.Running, null, new Dictionary<string, Digest>(), null);

        public Task Changed
        {
            get
            {
                lock (_lock)
                {
                    return _changed.Task;
                }
            }
        }

        public void StartOnce(Func<Task> run)
        {
            lock (_lock)
            {
                if (_started)
                {
                    return;
                }

                _started = true;
            }

            _ = run();
        }

        public void Become(Func<JobStatus, JobStatus> change)
        {
            lock (_lock)
            {
                if (Status.State == JobState.Running)
                {
                    Status = change(Status);
                    _changed.SetResult();
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }
}
