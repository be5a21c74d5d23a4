using Graft.Coordinator.Spec;

namespace Graft.Coordinator.Plan;

/// <summary>Merges of several vectors.</summary>
internal static class SoupSteps
{
    public static void Add(IReadOnlyList<SoupSpec> soups, PlanModels models)
    {
        foreach (var soup in soups)
        {
            foreach (var repetition in models.RepetitionsOf(soup.Vectors.Select(vector => vector.Source)))
            {
                var name = $"{repetition.Prefix}{soup.Name}";
                var merge = models.AddMerge(
                    $"soup/{name}",
                    models.Pretrained(soup.Base),
                    [.. soup.Vectors.Select(vector => (models.Vector(models.KeyOf(vector.Source, vector.Step, repetition)), vector.Scale))],
                    soup.Method,
                    $"{repetition.Prefix}soup/{soup.Name}");
                models.Evaluate(merge, $"soup/{name}", CellOf(soup) with { Seed = repetition.Seed });
            }
        }
    }

    private static Cell CellOf(SoupSpec soup)
    {
        var first = soup.Vectors[0];
        return new Cell("soup", soup.Base, string.Join('+', soup.Vectors.Select(vector => vector.Source)), 0, soup.Vectors.All(vector => vector.Scale == first.Scale) ? first.Scale : 0)
        {
            VectorStep = soup.Vectors.All(vector => vector.Step == first.Step) ? first.Step : 0,
            Variant = soup.Name,
        };
    }
}
