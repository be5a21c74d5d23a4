using Graft.Artifacts;
using Graft.Client;

namespace Graft.Cli.Lineage;

/// <summary>A lineage for people: an artifact, below it the recipes that made it, below each its inputs.</summary>
internal static class LineageTree
{
    /// <param name="nodes">The artifact first; see <see cref="HousekeepingClient.TraceAsync"/>.</param>
    /// <param name="isUnicode">Whether the terminal shows box-drawing characters.</param>
    public static IEnumerable<string> Lines(IReadOnlyList<LineageEntry> nodes, bool isUnicode)
    {
        var known = nodes.ToDictionary(node => node.Artifact);
        return Artifact(nodes[0].Artifact, "", new State(known, [], isUnicode));
    }

    private static IEnumerable<string> Artifact(Digest digest, string label, State state)
    {
        if (!state.Known.TryGetValue(digest, out var node))
        {
            yield return $"{label}{digest.Short}  (deeper; see --depth)";
            yield break;
        }

        var line = label + Describe(node);
        if (!state.Shown.Add(digest))
        {
            yield return node.Inputs.Count > 0 ? $"{line}  (see above)" : line;
            yield break;
        }

        yield return line;
        var made = node.Recipes.Select(recipe => (Title: RecipeWords.Of(recipe), Inputs: RecipeWords.InputsOf(recipe))).ToList();
        if (made.Count == 0 && node.Inputs.Count > 0)
        {
            made.Add(("difference", [.. node.Inputs.Select(input => ("", input))]));
        }

        for (var i = 0; i < made.Count; i++)
        {
            var inputs = made[i].Inputs;
            foreach (var below in Branch(Recipe(made[i].Title, inputs, state), i == made.Count - 1, state.IsUnicode))
            {
                yield return below;
            }
        }
    }

    private static IEnumerable<string> Recipe(string title, IReadOnlyList<(string Role, Digest Artifact)> inputs, State state)
    {
        yield return title;
        for (var i = 0; i < inputs.Count; i++)
        {
            var (role, artifact) = inputs[i];
            var lines = Artifact(artifact, role.Length > 0 ? $"{role}: " : "", state);
            foreach (var below in Branch(lines, i == inputs.Count - 1, state.IsUnicode))
            {
                yield return below;
            }
        }
    }

    private static IEnumerable<string> Branch(IEnumerable<string> lines, bool isLast, bool isUnicode)
    {
        var (first, next) = (isLast, isUnicode) switch
        {
            (false, true) => ("\u251c\u2500 ", "\u2502  "),
            (true, true) => ("\u2514\u2500 ", "   "),
            (false, false) => ("|- ", "|  "),
            (true, false) => ("`- ", "   "),
        };
        var isFirst = true;
        foreach (var line in lines)
        {
            yield return (isFirst ? first : next) + line;
            isFirst = false;
        }
    }

    private static string Describe(LineageEntry node)
    {
        var names = node.Names.Count switch
        {
            0 => node.Artifact.Short,
            <= 3 => string.Join(", ", node.Names),
            _ => $"{string.Join(", ", node.Names.Take(3))} and {node.Names.Count - 3} more",
        };
        var origin = node is { Recipes.Count: 0, Inputs.Count: 0 } ? node.Kind is null ? "" : "  (imported)" : "";
        return $"{names}  {node.Kind?.ToString() ?? "(no longer in the store)"}{(node.Names.Count > 0 ? $"  {node.Artifact.Short}" : "")}{origin}";
    }

    private sealed record State(IReadOnlyDictionary<Digest, LineageEntry> Known, HashSet<Digest> Shown, bool IsUnicode);
}
