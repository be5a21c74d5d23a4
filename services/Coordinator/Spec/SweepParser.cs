using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads numbers that are listed, or evenly spaced: {from, to, step}.</summary>
internal static class SweepParser
{
    private const int Most = 1000;
    private const double Largest = 1e9;

    /// <returns>In the order written, or ascending; what does not fit the range is left out of a sweep, and a mistake in a list.</returns>
    public static IReadOnlyList<double> Read(SpecMap map, SpecKey key, YamlNode node, NumberRange range)
    {
        if (node is YamlMap)
        {
            var sweep = SpecMap.Of(node, map.PlaceOf(key), ExperimentKeys.Sweep, map.Context);
            return [.. Sweep(sweep).Where(range.Contains)];
        }

        List<double> values = [];
        foreach (var item in map.Values.Items(node, map.PlaceOf(key)))
        {
            var value = map.Values.Number(item, map.PlaceOf(key), range);
            if (range.Contains(value) && values.Contains(value))
            {
                map.Mistake(key, $"has {value} twice");
            }

            values.Add(value);
        }

        return values;
    }

    // In decimals, so that a step of 0.1 leads to 0.3 and not to 0.30000000000000004, which would be another recipe.
    private static List<double> Sweep(SpecMap map)
    {
        var (from, to, step) = (map.Number(ExperimentKeys.From), map.Number(ExperimentKeys.To), map.Number(ExperimentKeys.Step));
        map.Close();
        if (!map.Has(ExperimentKeys.From) || !map.Has(ExperimentKeys.To) || step <= 0)
        {
            return [];
        }

        var count = Math.Floor((to - from) / step * (1 + 1e-12)) + 1;
        if (count is < 1 or > Most || Math.Max(Math.Abs(from), Math.Abs(to)) > Largest || step * Largest < 1)
        {
            map.Values.Mistake(map.Node, $"{map.Place} makes {(count < 1 ? "no number" : $"more than {Most} numbers")}; from, to and step go upwards, in at most {Most}");
            return [];
        }

        return [.. Enumerable.Range(0, (int)count).Select(i => (double)((decimal)from + (i * (decimal)step)))];
    }
}
