using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads merges of several vectors.</summary>
internal static class SoupParser
{
    public static IReadOnlyList<SoupSpec> Soups(SpecMap experiments, SpecModels models, ulong seed) =>
    [
        .. (experiments.FindNamed(ExperimentKeys.Soup) ?? []).Select(
            entry => Soup(entry.Name, SpecMap.Of(entry.Value, entry.Place, ExperimentKeys.OneSoup, experiments.Context), models, seed)),
    ];

    private static SoupSpec Soup(string name, SpecMap map, SpecModels models, ulong seed)
    {
        var target = map.Require(ExperimentKeys.Base) is { } node
            ? map.Values.Known(node, map.PlaceOf(ExperimentKeys.Base), models.Checkpoints, "checkpoint of the trajectory")
            : null;
        var vectors = map.Items(ExperimentKeys.SoupVectors, isRequired: true)
            .Select((item, i) => Vector(map, item, $"{map.PlaceOf(ExperimentKeys.SoupVectors)}[{i}]", models))
            .OfType<SoupVector>()
            .ToList();
        if (map.Find(ExperimentKeys.SoupVectors) is YamlList { Items.Count: 0 })
        {
            map.Mistake(ExperimentKeys.SoupVectors, "has no vector");
        }

        var word = map.Choice<SoupMethod>(ExperimentKeys.Method, SoupMethod.Linear);
        var method = Method(map, word, seed);
        map.Close();
        return new SoupSpec(name, target ?? "", word == SoupMethod.Mean ? [.. vectors.Select(vector => vector with { Scale = vector.Scale / vectors.Count })] : vectors, method);
    }

    private static SoupVector? Vector(SpecMap soup, YamlNode node, string place, SpecModels models)
    {
        if (node is not YamlMap)
        {
            return soup.Values.Known(node, place, models.Sources, "vector of the run") is { } name ? new SoupVector(name, 0, 1) : null;
        }

        var map = SpecMap.Of(node, place, ExperimentKeys.SoupVector, soup.Context);
        var source = map.Require(ExperimentKeys.VectorOf) is { } of ? map.Values.Known(of, map.PlaceOf(ExperimentKeys.VectorOf), models.Sources, "vector of the run") : null;
        var step = map.Find(ExperimentKeys.VectorStep) is { } at ? MatrixParser.Step(map.Values, at, map.PlaceOf(ExperimentKeys.VectorStep), models) : 0;
        if (step > 0 && source is not null && models.CanTrain && !models.IsTrained(source))
        {
            map.Mistake(ExperimentKeys.VectorStep, $"is {step}, but {source} is given and has its last step only");
        }

        var scale = map.Number(ExperimentKeys.Scale, 1);
        map.Close();
        return source is null ? null : new SoupVector(source, step, scale);
    }

    private static MergeMethod Method(SpecMap map, SoupMethod word, ulong seed)
    {
        Only(SoupMethod.Ties, ExperimentKeys.Density, ExperimentKeys.Lambda);
        Only(SoupMethod.Dare, ExperimentKeys.Drop, ExperimentKeys.DropSeed);
        return word switch
        {
            SoupMethod.Ties => new MergeMethod.Ties(map.Number(ExperimentKeys.Density), map.Number(ExperimentKeys.Lambda, 1)),
            SoupMethod.Dare => new MergeMethod.Dare(map.Number(ExperimentKeys.Drop), map.Seed(ExperimentKeys.DropSeed, seed)),
            SoupMethod.Linear or SoupMethod.Mean => new MergeMethod.Linear(),
        };

        void Only(SoupMethod method, params ReadOnlySpan<SpecKey> keys)
        {
            foreach (var key in keys)
            {
                if (word != method && map.Has(key))
                {
                    map.Mistake(key, $"is for method: {(method == SoupMethod.Ties ? "ties" : "dare")}");
                }
            }
        }
    }
}
