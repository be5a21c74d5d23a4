using System.CommandLine.Parsing;
using System.Globalization;

namespace Graft.Cli.Commands;

/// <summary>A diff vector and its factor as one writes them: "V@0.5", or "V" for factor 1.</summary>
internal readonly record struct ScaledName(string Name, double Scale)
{
    public static bool TryParse(string text, out ScaledName parsed)
    {
        // Names have no "@".
        var at = text.IndexOf('@');
        var scale = 1.0;
        var ok = at < 0
            || (double.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out scale) && double.IsFinite(scale) && scale != 0);
        parsed = new ScaledName(at < 0 ? text : text[..at], scale);
        return ok && parsed.Name.Length > 0;
    }

    public static ScaledName[] ParseAll(ArgumentResult result)
    {
        List<ScaledName> names = [];
        foreach (var token in result.Tokens)
        {
            if (TryParse(token.Value, out var name))
            {
                names.Add(name);
            }
            else
            {
                result.AddError($"'{token.Value}' is no vector with a scale; write NAME@SCALE with a number other than 0, such as vec-M1@0.5.");
            }
        }

        return [.. names];
    }
}
