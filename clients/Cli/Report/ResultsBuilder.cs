using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Client;

namespace Graft.Cli.Report;

/// <summary>Collects what a run measured from the evaluations it made.</summary>
internal static class ResultsBuilder
{
    private const int ParallelReads = 16;

    /// <summary>Results of the evaluations that exist; a run that is not over, or failed, gives what it has.</summary>
    /// <exception cref="Faults.FaultException">An evaluation is missing or malformed, or lacks the metric of its task.</exception>
    public static Task<Results> BuildAsync(V1.Run run, StudyInfo info, StoreClient store, CancellationToken cancellation) =>
        BuildAsync(run, info, SpecReader.Read(run.Spec), new StoredEvaluations(store).ReadAsync, cancellation);

    /// <summary>The same with the spec already read and evaluations from anywhere.</summary>
    internal static async Task<Results> BuildAsync(
        V1.Run run, StudyInfo info, SpecFacts spec, Func<Digest, CancellationToken, Task<EvaluationFiles>> read, CancellationToken cancellation)
    {
        var steps = run.Steps.Where(IsEvaluated).ToList();
        var evaluations = await ReadAsync(steps.Select(step => Digest.Parse(step.Artifact)).Distinct(), read, cancellation);
        var trajectory = TrajectoryOf(run, spec);

        var cells = steps.GroupBy(step => step.Task).OrderBy(group => Order.In(spec.Metrics.Keys, group.Key)).SelectMany(group =>
        {
            var first = evaluations[Digest.Parse(group.First().Artifact)];
            var metric = spec.Metrics.GetValueOrDefault(group.Key) ?? first.Primary;
            return group.Select(step => new CellScore(
                group.Key, metric, first.Items, step.Cell, evaluations[Digest.Parse(step.Artifact)].Score(group.Key, metric))
            { Step = step.Id });
        }).ToList();

        return new Results(info)
        {
            Checkpoints = StudyModels.Of(run, trajectory, spec.Given),
            Tasks = TasksOf(cells, trajectory),
            Stages = spec.Stages,
            Cells = cells,
            Run = RunFactsReader.Of(run),
        };
    }

    /// <summary>The scores of each task in their places.</summary>
    internal static OrderedDictionary<string, TaskResults> TasksOf(IEnumerable<CellScore> cells, IReadOnlyList<string> trajectory)
    {
        var arrangement = new CellArrangement(trajectory);
        return new OrderedDictionary<string, TaskResults>(cells.GroupBy(cell => cell.Task).Select(group => KeyValuePair.Create(
            group.Key,
            arrangement.Arrange(group.First().Metric, group.First().Items, [.. group.Select(cell => new PlacedScore(cell.Cell, cell.Score))]))));
    }

    private static bool IsEvaluated(V1.Step step) => step.Kind == "evaluate" && step.Artifact.Length > 0 && step.Cell is not null;

    private static async Task<IReadOnlyDictionary<Digest, Evaluation>> ReadAsync(
        IEnumerable<Digest> digests, Func<Digest, CancellationToken, Task<EvaluationFiles>> read, CancellationToken cancellation)
    {
        var evaluations = new ConcurrentDictionary<Digest, Evaluation>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellation };
        await Parallel.ForEachAsync(digests, options, async (digest, token) =>
            evaluations[digest] = Evaluation.Parse(digest, await read(digest, token)));
        return evaluations;
    }

    private static IReadOnlyList<string> TrajectoryOf(V1.Run run, SpecFacts spec) => spec.Trajectory.Count > 0
        ? spec.Trajectory
        : [.. run.Steps.Where(step => step.Cell is { Experiment: Experiments.Pretrained }).Select(step => step.Cell.Base).Distinct()];
}
