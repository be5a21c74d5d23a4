using System.Text.RegularExpressions;

namespace Graft.Evaluator.Answers.Mathematics.Latex;

/// <summary>Cuts LaTeX into numbers, commands and single characters.</summary>
internal static partial class LatexTokens
{
    private const int MostCharacters = 1000;

    // Spacing, size, units and signs that change no value.
    private static readonly HashSet<string> _silent = [@"\left", @"\right", @"\,", @"\;", @"\:", @"\!", @"\ ", @"\$", "$", @"\%", "%", "~", @"\displaystyle"];

    /// <returns>Null when the text is too long or has something that is neither.</returns>
    public static List<string>? Of(string text)
    {
        if (text.Length > MostCharacters)
        {
            return null;
        }

        text = Degrees().Replace(Unit().Replace(text, ""), "");
        List<string> tokens = [];
        for (var at = 0; at < text.Length;)
        {
            var match = Token().Match(text, at);
            if (!match.Success || match.Index != at)
            {
                return null;
            }

            at += match.Length;
            if (!_silent.Contains(match.Value) && !char.IsWhiteSpace(match.Value[0]))
            {
                tokens.Add(match.Value);
            }
        }

        return tokens;
    }

    [GeneratedRegex(@"\\(?:text|mbox|mathrm|textrm)\{[^{}]*\}(?:\^\{?[0-9]\}?)?")]
    private static partial Regex Unit();

    [GeneratedRegex(@"\^\{?\\circ\}?")]
    private static partial Regex Degrees();

    // Groups of three digits between commas are one number.
    [GeneratedRegex(@"\s+|[0-9]{1,3}(?:,[0-9]{3})+(?![0-9,])(?:\.[0-9]+)?|[0-9]+\.?[0-9]*|\.[0-9]+|\\[A-Za-z]+|\\[,;:! $%]|[A-Za-z]|[-+*/^(){}\[\]$%~]")]
    private static partial Regex Token();
}
