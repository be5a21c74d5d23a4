using Graft.Artifacts;

namespace Graft.Cli.Report;

/// <summary>What the artifacts of a run are called in it.</summary>
internal static class StudyNames
{
    private const string Extract = "extract/";

    /// <summary>Checkpoints by their names, vectors as "vec M1" after the steps that extracted them, the rest after its step.</summary>
    public static IReadOnlyDictionary<Digest, string> Of(Results results, RunFacts run)
    {
        var names = new Dictionary<Digest, string>();
        foreach (var (name, digest) in results.Checkpoints)
        {
            names.TryAdd(digest, name);
        }

        foreach (var step in run.Steps.Where(step => step.Artifact is not null))
        {
            names.TryAdd(step.Artifact!.Value, step.Id.StartsWith(Extract, StringComparison.Ordinal) ? $"vec {step.Id[Extract.Length..]}" : step.Id);
        }

        foreach (var (reference, digest) in run.Inputs)
        {
            names.TryAdd(digest, reference);
        }

        return names;
    }
}
