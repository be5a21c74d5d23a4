using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Coordinator.Plan;

namespace Graft.Coordinator.Run;

/// <summary>A step whose result must be made.</summary>
internal sealed record Miss(PlanStep Step, Recipe Recipe, Digest Digest);

/// <summary>
/// How far a plan is known: steps become ready when the artifacts they need are there; ready ones are looked up together, level by level,
/// so that a plan of many hits costs a few calls. Not thread-safe.
/// </summary>
internal sealed class Frontier
{
    // What the store answers in one message.
    private const int LargestBatch = 10_000;

    private readonly RunBoard _board;
    private readonly Func<IReadOnlyList<Digest>, CancellationToken, Task<IReadOnlyList<Digest?>>> _lookUp;
    private readonly int[] _lacking;
    private readonly Digest?[] _artifacts;
    private List<PlanStep> _ready;

    public Frontier(RunBoard board, Func<IReadOnlyList<Digest>, CancellationToken, Task<IReadOnlyList<Digest?>>> lookUp)
    {
        _board = board;
        _lookUp = lookUp;
        _artifacts = new Digest?[board.Plan.Steps.Count];
        _lacking = [.. board.Plan.Steps.Select(step => step.Needs.Count)];
        _ready = [.. board.Plan.Steps.Where(step => step.Needs.Count == 0)];
    }

    /// <summary>Notes an artifact; steps that need it may become ready.</summary>
    public void Made(PlanStep step, Digest artifact)
    {
        if (_artifacts[step.Index] is not null)
        {
            return;
        }

        _artifacts[step.Index] = artifact;
        foreach (var dependent in _board.Plan.Dependents(step))
        {
            if (--_lacking[dependent.Index] == 0)
            {
                _ready.Add(dependent);
            }
        }
    }

    /// <summary>Looks up all that is ready, and what becomes ready by it.</summary>
    /// <returns>The hits, and the steps that a worker must execute; checkpoints that are missing come with their training jobs.</returns>
    public async Task<(IReadOnlyList<(PlanStep Step, Digest Artifact)> Hits, IReadOnlyList<Miss> Misses)> AdvanceAsync(CancellationToken cancellationToken)
    {
        List<(PlanStep, Digest)> hits = [];
        List<Miss> misses = [];
        while (_ready.Count > 0)
        {
            var level = _ready.ConvertAll(Describe);
            _ready = [];
            var digests = level.ToDictionary(item => item.Step.Index, item => item.Digest);
            var found = await FindAsync(level, cancellationToken);
            foreach (var item in level)
            {
                if (found[item.Digest] is { } artifact && HasCheckpoints(item.Step, kept => found[digests[kept.Index]] is not null))
                {
                    _board.Change(item.Step, status => status with { State = StepState.Hit, Recipe = item.Digest, Artifact = artifact });
                    Made(item.Step, artifact);
                    hits.Add((item.Step, artifact));
                }
                else
                {
                    _board.Change(item.Step, status => status with { State = StepState.Miss, Recipe = item.Digest });
                    misses.Add(item);
                }
            }
        }

        return (hits, [.. misses.Where(miss => miss.Step.Kind != StepKind.Checkpoint)]);
    }

    /// <summary>Looks up a step again.</summary>
    public async Task<Digest?> FindAgainAsync(PlanStep step, CancellationToken cancellationToken) =>
        (await _lookUp([_board[step].Recipe!.Value], cancellationToken))[0];

    // A training log without its checkpoints is no result: somebody removed them, and the job must run again. They stand on the level
    // of their job, for they need what it needs.
    private bool HasCheckpoints(PlanStep step, Func<PlanStep, bool> isThere) => _board.Plan.Checkpoints(step).All(isThere);

    private Miss Describe(PlanStep step)
    {
        var recipe = step.Recipe([.. step.Needs.Select(need => _artifacts[need.Index]!.Value)]);
        return new Miss(step, recipe, RecipeCodec.DigestOf(recipe));
    }

    private async Task<Dictionary<Digest, Digest?>> FindAsync(List<Miss> level, CancellationToken cancellationToken)
    {
        Dictionary<Digest, Digest?> found = [];
        foreach (var batch in level.Select(item => item.Digest).Distinct().Chunk(LargestBatch))
        {
            foreach (var (recipe, artifact) in batch.Zip(await _lookUp(batch, cancellationToken)))
            {
                found[recipe] = artifact;
            }
        }

        return found;
    }
}
