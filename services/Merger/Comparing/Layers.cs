using System.Text.RegularExpressions;

namespace Graft.Merger.Comparing;

/// <summary>Which tensors belong together.</summary>
internal static partial class Layers
{
    /// <summary>
    /// A tensor's name up to its first number ("model.layers.12" of "model.layers.12.mlp.up_proj.weight"), or without ".weight" and ".bias"
    /// where there is none ("model.norm").
    /// </summary>
    public static string Of(string tensor)
    {
        var numbered = Numbered().Match(tensor);
        return numbered.Success ? numbered.Value : Kind().Replace(tensor, "");
    }

    /// <summary>Names as people order them: layer 2 before layer 10.</summary>
    public static string Key(string layer) => Number().Replace(layer, match => match.Value.PadLeft(20, '0'));

    [GeneratedRegex(@"^.*?\.[0-9]+(?=\.|$)")]
    private static partial Regex Numbered();

    [GeneratedRegex(@"\.(?:weight|bias)$")]
    private static partial Regex Kind();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
