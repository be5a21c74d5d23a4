using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Turns the text of a spec into records: the sections and how they fit together.</summary>
internal static class SpecParser
{
    /// <param name="yaml">The text.</param>
    /// <param name="context">Gets references and mistakes.</param>
    /// <returns>What was understood; null when it is no YAML.</returns>
    public static RunSpec? Parse(string yaml, SpecContext context) =>
        YamlTree.Parse(yaml, context.Mistakes) is { } root ? Spec(SpecMap.Of(root, "", StudyKeys.Section, context)) : null;

    private static RunSpec Spec(SpecMap map)
    {
        var context = map.Context;
        var name = map.Text(StudyKeys.Name);
        if (name.Length > 0 && !SpecNames.IsRun(name))
        {
            map.Mistake(StudyKeys.Name, $"cannot be '{name}'; {SpecNames.RunRule}");
        }

        var seed = map.Seed(StudyKeys.Seed, 0);
        var trajectory = Trajectory(map);
        var pretrain = map.FindMap(StudyKeys.Pretrain) is { } section ? TrainingParser.Pretrain(section, seed) : null;
        if (map.Has(StudyKeys.Trajectory) == map.Has(StudyKeys.Pretrain))
        {
            var what = pretrain is null ? "neither trajectory nor pretrain" : "both trajectory and pretrain";
            context.Mistakes.Add(map.Node, $"there is {what}; one of them says where the checkpoints come from");
        }

        List<string> checkpoints = [.. pretrain?.Checkpoints.Select(kept => kept.Name) ?? trajectory.Select(given => given.Name)];
        var finetune = map.FindMap(StudyKeys.Finetune) is { } tuning ? Finetune(tuning, checkpoints, seed) : null;
        var spec = new RunSpec
        {
            Name = name,
            Seed = seed,
            Seeds = Seeds(map, finetune),
            Trajectory = trajectory,
            Pretrain = pretrain,
            Finetune = finetune,
            Vectors = Vectors(map, checkpoints),
            Tasks = TaskParser.Tasks(map, seed),
            Merge = new MergeSpec(Provenance.FineTuned, Provenance.FineTuned),
            References = [],
        };
        if (map.FindMap(StudyKeys.Experiments) is { } experiments)
        {
            spec = ExperimentParser.Read(experiments, spec, new SpecModels(checkpoints, finetune, spec.Vectors));
        }

        map.Close();
        return spec with { References = context.References };
    }

    private static List<ulong> Seeds(SpecMap map, FinetuneSpec? finetune)
    {
        if (!map.Has(StudyKeys.Seeds))
        {
            return [0];
        }

        List<ulong> seeds = [];
        foreach (var node in map.Items(StudyKeys.Seeds))
        {
            var seed = map.Values.Seed(node, StudyKeys.Seeds.Name, 0);
            if (seeds.Contains(seed))
            {
                map.Values.Mistake(node, $"seeds has {seed} twice");
            }

            seeds.Add(seed);
        }

        if (seeds.Count == 0 && map.Find(StudyKeys.Seeds) is YamlList)
        {
            map.Mistake(StudyKeys.Seeds, "has no seed; leave it away for one");
        }

        if (seeds.Count > 0 && finetune?.Recipe is null)
        {
            map.Mistake(StudyKeys.Seeds, "repeats what finetune.recipe trains, and there is none");
        }

        return seeds.Count > 0 ? seeds : [0];
    }

    private static List<GivenCheckpoint> Trajectory(SpecMap map)
    {
        if (map.FindNamed(StudyKeys.Trajectory) is not { } entries)
        {
            return [];
        }

        if (entries.Count == 0)
        {
            map.Mistake(StudyKeys.Trajectory, "has no checkpoint; write {M1: .., M2: ..} in training order");
        }

        return [.. entries.Select(entry => new GivenCheckpoint(entry.Name, map.Values.Reference(entry.Value, entry.Place, ReferenceKind.Checkpoint)))];
    }

    private static FinetuneSpec Finetune(SpecMap map, List<string> checkpoints, ulong seed)
    {
        Dictionary<string, SpecReference> given = [];
        foreach (var entry in map.FindNamed(StudyKeys.Given) ?? [])
        {
            given[entry.Name] = map.Values.Reference(entry.Value, entry.Place, ReferenceKind.Checkpoint);
            if (!checkpoints.Contains(entry.Name))
            {
                var meant = NearestWord.Find(entry.Name, checkpoints) is { } near ? $"; did you mean '{near}'?" : $": {string.Join(", ", checkpoints)}";
                map.Values.Mistake(entry.Key, $"'{entry.Name}' is no checkpoint of the trajectory{meant}");
            }
        }

        var recipe = map.FindMap(StudyKeys.Recipe) is { } training ? TrainingParser.Finetune(training, seed) : null;
        if (recipe is null && given.Count == 0)
        {
            map.Values.Mistake(map.Node, "finetune has neither a recipe nor checkpoints under given");
        }

        map.Close();
        return new FinetuneSpec { Given = given, Recipe = recipe };
    }

    private static List<GivenVector> Vectors(SpecMap map, List<string> checkpoints)
    {
        List<GivenVector> vectors = [];
        foreach (var entry in map.FindNamed(StudyKeys.Vectors) ?? [])
        {
            if (checkpoints.Contains(entry.Name))
            {
                map.Values.Mistake(entry.Key, $"'{entry.Name}' is a checkpoint of the trajectory; a vector needs a name of its own");
            }

            var pair = SpecMap.Of(entry.Value, entry.Place, StudyKeys.Vector, map.Context);
            vectors.Add(new GivenVector(entry.Name, pair.Reference(StudyKeys.FineTuned), pair.Reference(StudyKeys.Pretrained)));
            pair.Close();
        }

        return vectors;
    }
}
