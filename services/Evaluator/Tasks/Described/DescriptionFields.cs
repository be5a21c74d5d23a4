using System.Globalization;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>The keys of a map of a description, read one by one; what is wrong goes to the mistakes.</summary>
internal sealed class DescriptionFields(YamlMap map, DescriptionMistakes mistakes)
{
    public int Line => map.Line;

    public void Mistake(int line, string what) => mistakes.Add(line, what);

    public string? Text(string key, bool isRequired = true) => Scalar(key, isRequired)?.Text;

    public Template? Template(string key) => Scalar(key, isRequired: true) is { } text ? Described.Template.Parse(text, mistakes) : null;

    /// <summary>The path of a field, such as "choices.text".</summary>
    public FieldPath? Path(string key, bool isRequired = true) =>
        Scalar(key, isRequired) is { } text ? new FieldPath(text.Text.Trim('{', '}', ' ').Split('.'), text.Line) : null;

    public int Integer(string key, int least, int otherwise)
    {
        if (Scalar(key, isRequired: false) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least)
        {
            return number;
        }

        mistakes.Add(text.Line, $"{key} is '{text.Text}'; a whole number from {least} is expected");
        return otherwise;
    }

    public string Choice(string key, params ReadOnlySpan<string> known)
    {
        if (Scalar(key, isRequired: false) is not { } text)
        {
            return known[0];
        }

        if (!known.Contains(text.Text))
        {
            mistakes.Add(text.Line, $"{key} is '{text.Text}'; one of {string.Join(", ", known.ToArray())} is expected");
        }

        return text.Text;
    }

    public IReadOnlyList<string> Texts(string key)
    {
        switch (map.Find(key))
        {
            case null:
                return [];
            case YamlText one:
                return [one.Text];
            case YamlList list when list.Items.All(item => item is YamlText { Text.Length: > 0 }):
                return [.. list.Items.Select(item => ((YamlText)item).Text)];
            case var other:
                mistakes.Add(other.Line, $"{key} is a list of texts, none of them empty");
                return [];
        }
    }

    public DescriptionFields? Map(string key)
    {
        switch (map.Find(key))
        {
            case null:
                return null;
            case YamlMap inner:
                return new DescriptionFields(inner, mistakes);
            case var other:
                mistakes.Add(other.Line, $"{key} has keys of its own below it");
                return null;
        }
    }

    /// <summary>Whatever was not asked for is a mistake.</summary>
    public void Close()
    {
        foreach (var key in map.Unknown)
        {
            mistakes.Add(key.Line, $"there is no key '{key.Text}' here; these are: {string.Join(", ", map.Known.Order(StringComparer.Ordinal))}");
        }
    }

    private YamlText? Scalar(string key, bool isRequired)
    {
        switch (map.Find(key))
        {
            case YamlText text:
                return text;
            case null when isRequired:
                mistakes.Add(map.Line, $"{key} is missing");
                return null;
            case null:
                return null;
            case var other:
                mistakes.Add(other.Line, $"{key} is one text");
                return null;
        }
    }
}

/// <summary>The path of a field of a row, and the line of the description that asks for it.</summary>
internal sealed record FieldPath(string[] Names, int Line);
