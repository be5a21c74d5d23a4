using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Graft.Faults;

namespace Graft.Coordinator.Run.Costs;

/// <summary>Says of each step of a plan whether it is there, would be made or cannot be, and what making it takes.</summary>
internal sealed class Planning
{
    // More would take longer than a plan may take; merges of one study fail or work alike.
    private const int MostPreflights = 500;
    private const int Parallelism = 8;

    private readonly IWorld _world;
    private readonly RunBoard _board;
    private readonly int _slots;

    // What a step would make, known by its place in the plan until it is made.
    private readonly Digest[] _artifacts;
    private readonly Dictionary<Digest, ArtifactSize?> _sizes = [];

    private Planning(IWorld world, RunBoard board, int slots)
    {
        _world = world;
        _board = board;
        _slots = slots;
        _artifacts = [.. board.Plan.Steps.Select(step => board[step].Artifact ?? Digest.Of(BitConverter.GetBytes(step.Index)))];
    }

    /// <param name="world">The rest of Graft.</param>
    /// <param name="board">The run; its steps are changed.</param>
    /// <param name="slots">Jobs that run at one time.</param>
    /// <param name="cancellationToken">Token.</param>
    public static async Task<PlannedRun> PlanAsync(IWorld world, RunBoard board, int slots, CancellationToken cancellationToken)
    {
        await new Frontier(board, world.LookUpResultsAsync).AdvanceAsync(cancellationToken);
        return await new Planning(world, board, slots).PlanAsync(cancellationToken);
    }

    private async Task<PlannedRun> PlanAsync(CancellationToken cancellationToken)
    {
        // What waits for something missing would be made too.
        foreach (var step in _board.Plan.Steps.Where(step => _board[step].State == StepState.Waiting))
        {
            _board.Change(step, status => status with { State = StepState.Miss });
        }

        var open = _board.Plan.Steps.Where(step => _board[step].State == StepState.Miss).ToDictionary(
            step => step, step => step.Recipe([.. step.Needs.Select(need => _artifacts[need.Index])]));
        await BlockAsync(open, cancellationToken);
        await MeasureInputsAsync(open, cancellationToken);
        var speeds = Speeds.Of(await _world.LoadAllAsync(cancellationToken));
        var costs = new Dictionary<PlanStep, StepCost>();
        foreach (var (step, recipe) in open.OrderBy(item => item.Key.Index))
        {
            var cost = RecipeCost.Of(recipe, digest => _sizes.GetValueOrDefault(digest));
            _sizes[_artifacts[step.Index]] = cost.Output;
            if (_board[step].State == StepState.Miss)
            {
                costs[step] = new StepCost(cost.ReadBytes ?? 0, cost.Output?.Bytes ?? 0, speeds.Estimate(cost.Kind, cost.Work));
            }
        }

        return new PlannedRun(_board, costs, Total(costs), speeds);
    }

    private async Task BlockAsync(Dictionary<PlanStep, Recipe> open, CancellationToken cancellationToken)
    {
        var reasons = new Dictionary<StepKind, FaultException?>();
        var obstacles = await FindObstaclesAsync(open, cancellationToken);
        foreach (var (step, recipe) in open.OrderBy(item => item.Key.Index))
        {
            if (step.Trainer is null && !reasons.ContainsKey(step.Kind))
            {
                reasons[step.Kind] = await _world.FindAbsenceAsync(recipe, cancellationToken);
            }

            if (step.Trainer is null && (reasons[step.Kind] ?? obstacles.GetValueOrDefault(step.Index)) is { } reason)
            {
                _board.Change(step, status => status with { State = StepState.Blocked, Error = StepError.Of(reason) });
            }
            else if ((step.Trainer is { } trainer ? [trainer] : step.Needs).FirstOrDefault(need => _board[need].State == StepState.Blocked) is { } blocked)
            {
                var error = new StepError(nameof(FaultKind.Precondition), $"It needs {blocked.Id}, which is blocked.");
                _board.Change(step, status => status with { State = StepState.Blocked, Error = error });
            }
        }
    }

    // A merger knows from the headers what stands against a merge. It reads three manifests for each.
    private async Task<ConcurrentDictionary<int, FaultException>> FindObstaclesAsync(
        Dictionary<PlanStep, Recipe> open, CancellationToken cancellationToken)
    {
        var found = new ConcurrentDictionary<int, FaultException>();
        var merges = open.Where(item => item.Value is MergeRecipe && item.Key.Needs.All(need => _board[need].Artifact is not null)).Take(MostPreflights);
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(merges, bounds, async (item, token) =>
        {
            try
            {
                if (await _world.FindObstacleAsync((MergeRecipe)item.Value, token) is { } obstacle)
                {
                    found[item.Key.Index] = obstacle;
                }
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
            {
                // That no merger answers is found out besides.
            }
        });
        return found;
    }

    private async Task MeasureInputsAsync(Dictionary<PlanStep, Recipe> open, CancellationToken cancellationToken)
    {
        var toBeMade = open.Keys.Select(step => _artifacts[step.Index]).ToHashSet();
        Digest[] given = [.. open.Values.SelectMany(RecipeInputs.Of).Distinct().Where(digest => !toBeMade.Contains(digest))];
        foreach (var (digest, size) in given.Zip(await _world.SizesAsync(given, cancellationToken)))
        {
            _sizes[digest] = size;
        }
    }

    private PlanTotals Total(Dictionary<PlanStep, StepCost> costs)
    {
        var states = _board.Plan.Steps.CountBy(step => _board[step].State).ToDictionary();
        var work = Sum(costs.Values.Select(cost => cost.Estimate));
        var longest = LongestPath(costs);
        var shared = work / _slots;
        return new PlanTotals(
            states.GetValueOrDefault(StepState.Hit),
            states.GetValueOrDefault(StepState.Miss),
            states.GetValueOrDefault(StepState.Blocked),
            costs.Values.Sum(cost => cost.ReadBytes),
            costs.Values.Sum(cost => cost.WrittenBytes),
            work,
            longest > shared ? longest : shared,
            costs.Count(item => item.Key.Trainer is null && item.Value.Estimate is null));
    }

    // A checkpoint is there when its part of the training is done.
    private TimeSpan LongestPath(Dictionary<PlanStep, StepCost> costs)
    {
        var ends = new TimeSpan[_board.Plan.Steps.Count];
        var begins = new TimeSpan[ends.Length];
        foreach (var step in _board.Plan.Steps)
        {
            begins[step.Index] = step.Needs.Select(need => ends[need.Index]).DefaultIfEmpty().Max();
            ends[step.Index] = step.Trainer is { } trainer
                ? begins[trainer.Index] + (Time(costs, trainer) * ((double)step.TrainingSteps / trainer.TrainingSteps))
                : begins[step.Index] + Time(costs, step);
        }

        return ends.DefaultIfEmpty().Max();
    }

    private static TimeSpan Time(Dictionary<PlanStep, StepCost> costs, PlanStep step) => costs.GetValueOrDefault(step)?.Estimate ?? TimeSpan.Zero;

    private static TimeSpan Sum(IEnumerable<TimeSpan?> times) => times.Aggregate(TimeSpan.Zero, (sum, time) => sum + (time ?? TimeSpan.Zero));
}
