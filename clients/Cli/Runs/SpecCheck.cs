using Graft.Artifacts.Recipes;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;
using Graft.Evaluator.Tasks;
using Graft.Evaluator.Tasks.Described;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>Everything about a spec that can be found wrong before a run: its text, its paths, its tasks, its size.</summary>
internal static class SpecCheck
{
    private const string Config = "config.json";

    /// <param name="yaml">The spec.</param>
    /// <param name="folder">Relative paths count from it.</param>
    /// <returns>What was understood, and every mistake in the order of the text.</returns>
    public static (RunSpec? Spec, IReadOnlyList<SpecMistake> Mistakes) Of(string yaml, string folder)
    {
        var (spec, found) = RunSpec.Read(yaml);
        if (spec is null)
        {
            return (null, found);
        }

        List<SpecMistake> mistakes = [.. found, .. spec.References.Select(reference => Path(reference, folder)).OfType<SpecMistake>()];
        mistakes.AddRange(spec.Tasks.SelectMany(task => (TaskSetting[])[task.Pt, task.Chat]).Distinct().SelectMany(Task));
        if (mistakes.Count == 0)
        {
            mistakes.AddRange(Size(spec));
        }

        return (spec, [.. mistakes.Distinct().OrderBy(mistake => mistake.Line).ThenBy(mistake => mistake.Column)]);
    }

    /// <summary>Where a local path of a spec is.</summary>
    public static string LocalPath(string reference, string folder) => reference.StartsWith("~/", StringComparison.Ordinal)
        ? System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), reference[2..])
        : System.IO.Path.GetFullPath(reference, folder);

    private static SpecMistake? Path(SpecReference reference, string folder)
    {
        if (!reference.IsLocalPath)
        {
            return null;
        }

        var path = LocalPath(reference.Text, folder);
        var missing = reference.Kind switch
        {
            ReferenceKind.Dataset => System.IO.Path.Exists(path) ? null : $"but there is no {path}",
            ReferenceKind.Checkpoint or ReferenceKind.Blueprint when !Directory.Exists(path) => $"but there is no folder {path}",
            ReferenceKind.Checkpoint or ReferenceKind.Blueprint => File.Exists(System.IO.Path.Combine(path, Config)) ? null : $"but there is no {Config} in {path}",
        };
        return missing is null ? null : At(reference, $"{reference.Place} is '{reference.Text}', {missing}");
    }

    private static IEnumerable<SpecMistake> Task(TaskSetting setting)
    {
        var (line, column) = setting.RulesAt;
        string? mistake = null;
        try
        {
            switch (setting.Rules)
            {
                case NamedTaskRules { Name: { Length: > 0 } name }:
                    TaskCatalog.Check(name);
                    mistake = setting.FewShot is null ? $"{name} shows examples before each question; name them with few_shot" : null;
                    break;
                case DescribedTaskRules { Yaml.Length: > 0 } described:
                    TaskDescription.Parse(described.Yaml);
                    break;
            }
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            mistake = fault.Message;
        }

        return mistake is null ? [] : [new SpecMistake(line, column, mistake)];
    }

    private static IEnumerable<SpecMistake> Size(RunSpec spec)
    {
        try
        {
            PlanOutline.Of(spec);
            return [];
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            return [new SpecMistake(1, 1, fault.Message)];
        }
    }

    private static SpecMistake At(SpecReference reference, string message) => new(reference.Line, reference.Column, message);
}
