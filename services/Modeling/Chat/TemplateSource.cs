using System.Text;

namespace Graft.Modeling.Chat;

/// <summary>
/// The source of a Jinja template without what changes nothing: white space between the words of a tag, the line end behind a tag and
/// the indentation before a block (transformers renders with trim_blocks and lstrip_blocks), and line ends written as \n in a text.
/// </summary>
internal static class TemplateSource
{
    public static string Normalize(string source)
    {
        source = source.ReplaceLineEndings("\n");
        // Jinja drops one line end at the end of a file.
        source = source.EndsWith('\n') ? source[..^1] : source;
        var result = new StringBuilder(source.Length);
        for (var at = 0; at < source.Length;)
        {
            if (IsTag(source, at))
            {
                if (source[at + 1] == '%')
                {
                    DropIndentation(source, at, result);
                }

                at = Tag(source, at, result);
                continue;
            }

            result.Append(source[at++]);
        }

        return result.ToString();
    }

    private static bool IsTag(string source, int at) => source[at] == '{' && at + 1 < source.Length && source[at + 1] is '%' or '{';

    /// <summary>Copies a tag and returns where the text goes on.</summary>
    private static int Tag(string source, int at, StringBuilder result)
    {
        var (close, quote) = (source[at + 1] == '%' ? "%}" : "}}", '\0');
        for (; at < source.Length; at++)
        {
            var unit = source[at];
            if (quote == '\0' && string.CompareOrdinal(source, at, close, 0, 2) == 0)
            {
                result.Append(close);
                at += 2;
                return close == "%}" && at < source.Length && source[at] == '\n' ? at + 1 : at;
            }

            if (quote == '\0' ? unit is '\'' or '"' : unit == quote)
            {
                quote = quote == '\0' ? unit : '\0';
            }
            else if (quote == '\0' && char.IsWhiteSpace(unit))
            {
                continue;
            }
            else if (quote != '\0' && unit == '\\' && at + 1 < source.Length && source[at + 1] == 'n')
            {
                (unit, at) = ('\n', at + 1);
            }

            result.Append(unit);
        }

        return at;
    }

    /// <summary>Takes back the blanks since the beginning of the line, when there was nothing else on it.</summary>
    private static void DropIndentation(string source, int at, StringBuilder result)
    {
        var begin = at;
        while (begin > 0 && source[begin - 1] is (' ' or '\t'))
        {
            begin--;
        }

        if (begin == 0 || source[begin - 1] == '\n')
        {
            result.Length -= at - begin;
        }
    }
}
