namespace Graft.Evaluator.Answers.Mathematics;

/// <summary>What a solution puts into its last box: \boxed{..}, "\boxed x$", or \fbox{..} where there is no \boxed.</summary>
internal static class Boxed
{
    private const string Spaced = @"\boxed ";

    /// <returns>Null when there is no box, or its brace is never closed.</returns>
    public static string? Last(string text)
    {
        if (text.LastIndexOf(Spaced, StringComparison.Ordinal) is var spaced and >= 0)
        {
            var rest = text[(spaced + Spaced.Length)..];
            return rest.Split('$')[0];
        }

        return AfterLast(text, @"\boxed") ?? (text.Contains(@"\boxed", StringComparison.Ordinal) ? null : AfterLast(text, @"\fbox"));
    }

    /// <summary>What the braces right behind the last such command hold.</summary>
    private static string? AfterLast(string text, string command)
    {
        var begin = text.LastIndexOf(command, StringComparison.Ordinal) + command.Length;
        if (begin < command.Length || begin == text.Length || text[begin] != '{')
        {
            return null;
        }

        var depth = 0;
        for (var i = begin; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return text[(begin + 1)..i];
            }
        }

        return null;
    }
}
