using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the experiments and checks that the rest of the spec carries them.</summary>
internal static class ExperimentParser
{
    /// <returns>The spec with its experiments.</returns>
    public static RunSpec Read(SpecMap map, RunSpec spec, SpecModels models)
    {
        var merge = map.FindMap(ExperimentKeys.Merge);
        var matrix = map.FindMap(ExperimentKeys.Matrix);
        var continual = map.FindMap(ExperimentKeys.Continual);
        var recurrent = map.FindMap(ExperimentKeys.Recurrent);
        var oneStep = map.FindMap(ExperimentKeys.OneStep);
        var control = map.FindMap(ExperimentKeys.Control);
        var interpolation = map.FindMap(ExperimentKeys.Interpolation);
        CheckNeeds(models, carriers: [matrix, continual, interpolation], chains: [recurrent, oneStep], tuned: [matrix, interpolation], trainings: [continual, recurrent, oneStep, control]);

        var cells = new CellParser(models);
        var chosen = continual is null ? null : Continual(continual, spec.Seed, cells);
        var chain = recurrent is null ? null : new RecurrentSpec(Seed(recurrent, spec.Seed));
        var read = spec with
        {
            Merge = merge is null ? spec.Merge : Merge(merge),
            Matrix = matrix is null ? null : MatrixParser.Read(matrix, models),
            Continual = chosen,
            Recurrent = chain,
            OneStep = oneStep is null ? null : OneStep(oneStep, chosen, chosen?.Seed ?? chain?.Seed ?? spec.Seed),
            Control = control is null ? null : new ControlSpec(Seed(control, spec.Seed)),
            Interpolation = interpolation is null ? null : InterpolationParser.Read(interpolation, cells, models),
            Soups = SoupParser.Soups(map, models, spec.Seed),
            Compare = map.FindMap(ExperimentKeys.Compare) is { } compare ? Compare(compare, models) : null,
        };
        map.Close();
        return read;
    }

    private static void CheckNeeds(
        SpecModels models, IEnumerable<SpecMap?> carriers, IReadOnlyList<SpecMap?> chains, IEnumerable<SpecMap?> tuned, IEnumerable<SpecMap?> trainings)
    {
        var isLone = models.Checkpoints.Count < 2;
        var hasOthers = models.Sources.Any(source => !models.Checkpoints.Contains(source));
        foreach (var section in chains.Concat(hasOthers ? [] : carriers).OfType<SpecMap>().Where(_ => isLone))
        {
            section.Values.Mistake(section.Node, $"{section.Place} carries vectors between checkpoints, so two of them are needed");
        }

        foreach (var section in tuned.OfType<SpecMap>().Where(_ => models.Sources.Count == 0))
        {
            section.Values.Mistake(section.Node, $"{section.Place} needs fine-tuned checkpoints; write a finetune or a vectors section");
        }

        foreach (var section in trainings.OfType<SpecMap>().Where(_ => !models.CanTrain))
        {
            section.Values.Mistake(section.Node, $"{section.Place} trains, and needs finetune.recipe to know how");
        }
    }

    private static MergeSpec Merge(SpecMap map)
    {
        var merge = new MergeSpec(
            map.Choice<Provenance>(ExperimentKeys.ConfigFrom, Provenance.FineTuned), map.Choice<Provenance>(ExperimentKeys.TokenizerFrom, Provenance.FineTuned));
        map.Close();
        return merge;
    }

    private static ContinualSpec Continual(SpecMap map, ulong seed, CellParser cells)
    {
        var (choice, chosen) = cells.Read(map, ExperimentKeys.Cells, CellChoice.Forward);
        return new ContinualSpec(choice, Seed(map, seed)) { Chosen = chosen };
    }

    // Where continual training has the same cells, they are the same jobs.
    private static OneStepSpec OneStep(SpecMap map, ContinualSpec? continual, ulong fallback)
    {
        var spec = new OneStepSpec(map.Seed(ExperimentKeys.Seed, fallback));
        if (continual is not null && continual.Seed != spec.Seed)
        {
            map.Mistake(ExperimentKeys.Seed, $"is {spec.Seed}, but continual, which shares cells with it, has {continual.Seed}; leave it away");
        }

        map.Close();
        return spec;
    }

    private static CompareSpec Compare(SpecMap map, SpecModels models)
    {
        var vectors = Names(map, ExperimentKeys.CompareVectors, models.Sources, "vector of the run");
        var bases = Names(map, ExperimentKeys.CompareBases, models.Checkpoints, "checkpoint of the trajectory");
        var compare = new CompareSpec(vectors ?? AtLeastTwo(models.Sources), bases ?? AtLeastTwo(models.Checkpoints));
        if (vectors is { Count: 1 } || bases is { Count: 1 } || (compare.Vectors.Count == 0 && compare.Bases.Count == 0))
        {
            map.Values.Mistake(map.Node, $"{map.Place} needs two vectors or two checkpoints at least");
        }

        map.Close();
        return compare;

        static IReadOnlyList<string> AtLeastTwo(IReadOnlyList<string> names) => names.Count < 2 ? [] : names;
    }

    /// <summary>A list of names that there are, each once; null when the key is absent.</summary>
    internal static IReadOnlyList<string>? Names(SpecMap map, SpecKey<ListValue> key, IReadOnlyList<string> known, string what)
    {
        if (!map.Has(key))
        {
            return null;
        }

        List<string> names = [];
        foreach (var node in map.Items(key))
        {
            if (map.Values.Known(node, map.PlaceOf(key), known, what) is { } name)
            {
                if (names.Contains(name))
                {
                    map.Values.Mistake(node, $"{map.PlaceOf(key)} has {name} twice");
                }

                names.Add(name);
            }
        }

        return names;
    }

    // The last key of each section that has one.
    private static ulong Seed(SpecMap map, ulong fallback)
    {
        var seed = map.Seed(ExperimentKeys.Seed, fallback);
        map.Close();
        return seed;
    }
}
