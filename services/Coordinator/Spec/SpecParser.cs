using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Coordinator.Spec;

/// <summary>Turns the text of a spec into records: the sections and how they fit together.</summary>
internal static class SpecParser
{
    /// <exception cref="FaultException">Invalid: every mistake with its line and column.</exception>
    public static RunSpec Parse(string yaml)
    {
        var context = new SpecContext();
        var spec = YamlTree.Parse(yaml, context.Mistakes) is { } root ? Spec(SpecMap.Of(root, "", context), context) : null;
        context.Mistakes.ThrowIfAny();
        return spec!;
    }

    private static RunSpec Spec(SpecMap map, SpecContext context)
    {
        var name = map.Text("name");
        if (name.Length > 0 && !SpecNames.IsRun(name))
        {
            map.Mistake("name", $"cannot be '{name}'; {SpecNames.RunRule}");
        }

        var seed = map.Seed("seed", 0);
        var trajectory = Trajectory(map);
        var pretrain = map.FindMap("pretrain") is { } section ? TrainingParser.Pretrain(section, seed, context) : null;
        if (map.Find("trajectory") is null == map.Find("pretrain") is null)
        {
            var what = pretrain is null ? "neither trajectory nor pretrain" : "both trajectory and pretrain";
            context.Mistakes.Add(map.Node, $"there is {what}; one of them says where the checkpoints come from");
        }

        List<string> checkpoints = [.. pretrain?.Checkpoints.Select(kept => kept.Name) ?? trajectory.Select(given => given.Name)];
        var finetune = map.FindMap("finetune") is { } tuning ? Finetune(tuning, checkpoints, seed, context) : null;
        var tasks = TaskParser.Tasks(map.FindMap("tasks"), context);
        var spec = new RunSpec
        {
            Name = name,
            Seed = seed,
            Trajectory = trajectory,
            Pretrain = pretrain,
            Finetune = finetune,
            Tasks = tasks,
            Merge = new MergeSpec(Provenance.FineTuned, Provenance.FineTuned),
            Matrix = null,
            Continual = null,
            Recurrent = null,
            Control = null,
            References = context.References,
        };
        if (map.FindMap("experiments") is { } experiments)
        {
            spec = ExperimentParser.Read(experiments, spec, checkpoints.Count, context);
        }

        map.Close();
        return spec;
    }

    private static List<GivenCheckpoint> Trajectory(SpecMap map)
    {
        if (map.FindMap("trajectory") is not { } section)
        {
            return [];
        }

        var entries = section.NamedEntries();
        if (entries.Count == 0)
        {
            map.Mistake("trajectory", "has no checkpoint; write {M1: .., M2: ..} in training order");
        }

        return [.. entries.Select(entry => new GivenCheckpoint(
            entry.Key.Text, section.ReferenceOf(entry.Value, section.PlaceOf(entry.Key.Text), ReferenceKind.Checkpoint)))];
    }

    private static FinetuneSpec Finetune(SpecMap map, List<string> checkpoints, ulong seed, SpecContext context)
    {
        Dictionary<string, SpecReference> given = [];
        if (map.FindMap("given") is { } section)
        {
            foreach (var (key, value) in section.NamedEntries())
            {
                given[key.Text] = section.ReferenceOf(value, section.PlaceOf(key.Text), ReferenceKind.Checkpoint);
                if (!checkpoints.Contains(key.Text))
                {
                    var meant = NearestWord.Find(key.Text, checkpoints) is { } near ? $"; did you mean '{near}'?" : $": {string.Join(", ", checkpoints)}";
                    context.Mistakes.Add(key, $"'{key.Text}' is no checkpoint of the trajectory{meant}");
                }
            }
        }

        var recipe = map.FindMap("recipe") is { } training ? TrainingParser.Finetune(training, seed, context) : null;
        if (recipe is null && given.Count == 0)
        {
            context.Mistakes.Add(map.Node, "finetune has neither a recipe nor checkpoints under given");
        }

        map.Close();
        return new FinetuneSpec { Given = given, Recipe = recipe };
    }
}
