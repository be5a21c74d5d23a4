using System.Text.RegularExpressions;
using Graft.Artifacts.Recipes;

namespace Graft.Merger.Planning;

/// <summary>Factors of tensors by their names.</summary>
internal static class TensorPattern
{
    /// <summary>Whether a name matches a pattern in which * stands for any characters, none too, dots too.</summary>
    public static bool Matches(string pattern, string name) => Regex.IsMatch(
        name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>The factor of a tensor: that of the first pattern that matches, else 1.</summary>
    public static double FactorOf(string name, IReadOnlyList<TensorScale> scales)
    {
        foreach (var scale in scales)
        {
            if (Matches(scale.Pattern, name))
            {
                return scale.Scale;
            }
        }

        return 1;
    }
}
