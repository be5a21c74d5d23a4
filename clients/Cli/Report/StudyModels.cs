using Graft.Artifacts;

namespace Graft.Cli.Report;

/// <summary>The digest of each model of a study.</summary>
internal static class StudyModels
{
    private static readonly string[] _experiments =
    [
        Experiments.Pretrained, Experiments.FineTuned, Experiments.Merge, Experiments.Continual, Experiments.Recurrent, Experiments.Control,
    ];

    /// <summary>The last evaluated model of each name, where it exists: what its checkpoint or merge step made, else what was given.</summary>
    public static OrderedDictionary<string, Digest> Of(
        V1.Run run, IReadOnlyList<string> trajectory, IReadOnlyDictionary<string, Digest> given)
    {
        var steps = run.Steps.ToDictionary(step => step.Id);
        var models = run.Steps
            .Where(step => step.Kind == "evaluate" && step.Cell is not null && ModelNames.Of(step.Cell) is not null)
            .GroupBy(step => ModelNames.Of(step.Cell)!)
            .Select(group => (Name: group.Key, Last: group.MaxBy(step => step.Cell.Step)!))
            .OrderBy(model => Order.In(_experiments, model.Last.Cell.Experiment))
            .ThenBy(model => model.Last.Cell is { Experiment: Experiments.Recurrent, Step: > 0 })
            .ThenBy(model => Order.In(trajectory, model.Last.Cell.Base))
            .ThenBy(model => Order.In(trajectory, model.Last.Cell.Source))
            .Select(model => (model.Name, Digest: Made(model.Last, steps) ?? Given(model.Name)));
        return new OrderedDictionary<string, Digest>(
            models.Where(model => model.Digest is not null).Select(model => KeyValuePair.Create(model.Name, model.Digest!.Value)));

        Digest? Given(string name) => given.TryGetValue(name, out var digest) ? digest : null;
    }

    private static Digest? Made(V1.Step evaluation, Dictionary<string, V1.Step> steps)
    {
        var made = evaluation.Needs.Select(id => steps.GetValueOrDefault(id))
            .FirstOrDefault(step => step is { Kind: "checkpoint" or "merge", Artifact.Length: > 0 });
        return made is null ? null : Digest.Parse(made.Artifact);
    }
}
