using Graft.Cli.Commands;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>Which steps of a run are executed again.</summary>
internal static class StepChoice
{
    /// <summary>Steps by their ids, or drawn by chance among those that are done; for a checkpoint, the training that kept it.</summary>
    /// <param name="run">With all its steps.</param>
    /// <param name="ids">Ids; none to draw.</param>
    /// <param name="sample">How many to draw; all when there are fewer.</param>
    /// <param name="seed">Of the draw.</param>
    /// <exception cref="FaultException">Invalid: no such step, with the nearest one; Precondition: it is not done.</exception>
    public static IReadOnlyList<V1.Step> Choose(V1.Run run, IReadOnlyList<string> ids, int sample, int seed)
    {
        var byId = run.Steps.ToDictionary(step => step.Id);
        if (ids.Count > 0)
        {
            return [.. ids.Select(id => Find(byId, id)).DistinctBy(step => step.Id)];
        }

        V1.Step[] done = [.. run.Steps.Where(step => step.Kind != "checkpoint" && step.Artifact.Length > 0)];
        new Random(seed).Shuffle(done);
        var drawn = done.Take(sample).Select(step => step.Id).ToHashSet();
        return [.. run.Steps.Where(step => drawn.Contains(step.Id))];
    }

    private static V1.Step Find(Dictionary<string, V1.Step> steps, string id)
    {
        if (!steps.TryGetValue(id, out var step))
        {
            var meant = Typing.Nearest(id, steps.Keys) is { } near ? $"; did you mean {near}?" : "; graft plan FILE --steps lists them.";
            throw FaultException.Invalid($"The run has no step '{id}'{meant}");
        }

        step = step.Kind == "checkpoint" ? steps[step.Needs[0]] : step;
        return step.Artifact.Length > 0 ? step : throw FaultException.Precondition($"The step {step.Id} is not done: there is nothing to compare with.");
    }
}
