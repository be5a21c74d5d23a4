using System.Text.RegularExpressions;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Trainer.LowRank;

/// <summary>Which matrices get an update.</summary>
internal static class LoraTargets
{
    /// <summary>The matrices of layers whose names match one of the patterns, in ordinal order.</summary>
    /// <exception cref="FaultException">Invalid: a pattern that matches none.</exception>
    public static IReadOnlyList<(string Name, long[] Shape)> Of(ModelConfig config, IReadOnlyList<string> patterns)
    {
        (string Name, long[] Shape)[] matrices =
            [.. config.Parameters.Where(parameter => parameter.Shape.Length == 2 && parameter.Name.Contains(".layers.", StringComparison.Ordinal))];
        foreach (var pattern in patterns)
        {
            if (!matrices.Any(matrix => Matches(pattern, matrix.Name)))
            {
                throw FaultException.Invalid(
                    $"recipe.lora.targets: '{pattern}' matches no matrix of a layer; their names are like {matrices[0].Name}, and * stands for any characters.",
                    "recipe.lora.targets");
            }
        }

        return [.. matrices.Where(matrix => patterns.Any(pattern => Matches(pattern, matrix.Name)))];
    }

    private static bool Matches(string pattern, string name) =>
        Regex.IsMatch(name, $"^{Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal)}$", RegexOptions.CultureInvariant);
}
