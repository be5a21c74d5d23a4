using System.Text;
using System.Text.Json;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>Text with fields of a row in it: "{question}", "{choices.text}"; "{{" and "}}" are braces.</summary>
internal sealed class Template
{
    // Text, or the path of a field.
    private readonly List<(string? Text, string[]? Path)> _parts = [];

    private Template(int line) => Line = line;

    /// <summary>Where it stands in the description.</summary>
    public int Line { get; }

    /// <returns>Null when a brace is not closed, which is then among the mistakes.</returns>
    public static Template? Parse(YamlText source, DescriptionMistakes mistakes)
    {
        var template = new Template(source.Line);
        var text = new StringBuilder();
        for (var i = 0; i < source.Text.Length; i++)
        {
            var (letter, next) = (source.Text[i], i + 1 < source.Text.Length ? source.Text[i + 1] : '\0');
            if (letter is '{' or '}' && next == letter)
            {
                text.Append(letter);
                i++;
            }
            else if (letter == '{' && source.Text.IndexOf('}', i) is var end and > 0 && source.Text[(i + 1)..end].Trim() is { Length: > 0 } field)
            {
                template._parts.Add((text.ToString(), null));
                template._parts.Add((null, field.Split('.')));
                text.Clear();
                i = end;
            }
            else if (letter is '{' or '}')
            {
                mistakes.Add(source.Line, $"a brace at '{source.Text[i..Math.Min(source.Text.Length, i + 20)]}' is alone: write {{field}}, or {{{{ for a brace");
                return null;
            }
            else
            {
                text.Append(letter);
            }
        }

        template._parts.Add((text.ToString(), null));
        return template;
    }

    /// <exception cref="FaultException">Invalid: the row has no such field, or it is no text, number, truth value or list of these.</exception>
    public string Fill(RequestLine row) => string.Concat(_parts.Select(part => part.Text ?? string.Join(", ", Values(row, part.Path!, Line))));

    /// <summary>The texts at a path: one, or those of a list.</summary>
    /// <exception cref="FaultException">Invalid: as above.</exception>
    public static IReadOnlyList<string> Values(RequestLine row, string[] path, int line)
    {
        var value = At(row, path, line);
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => Text(row, item, path, line))]
            : [Text(row, value, path, line)];
    }

    /// <exception cref="FaultException">Invalid: the row has no such field.</exception>
    public static JsonElement At(RequestLine row, string[] path, int line)
    {
        var value = row.Fields;
        foreach (var name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                throw FaultException.Invalid($"{row.Place} has no \"{string.Join('.', path)}\", which line {line} of the description asks for.", RequestLine.Field);
            }
        }

        return value;
    }

    private static string Text(RequestLine row, JsonElement value, string[] path, int line) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => throw FaultException.Invalid(
            $"{row.Place}: \"{string.Join('.', path)}\" is {value.ValueKind}; line {line} of the description needs text, a number, or a list of these.", RequestLine.Field),
    };
}
