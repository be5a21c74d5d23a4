using System.Globalization;

namespace Graft.Coordinator.Spec;

/// <summary>Reads values. A wrong one is a mistake, told with its place, and reads as some valid value.</summary>
internal sealed class SpecValues(SpecContext context)
{
    public SpecContext Context => context;

    public void Mistake(YamlNode node, string message) => context.Mistakes.Add(node, message);

    /// <summary>Names that the author chose, each fit for the store, in the order written.</summary>
    public IReadOnlyList<SpecEntry> Named(YamlNode node, string place)
    {
        if (node is not YamlMap map)
        {
            if (node is not YamlScalar { IsNull: true })
            {
                Mistake(node, $"{place} must be a mapping of keys to values");
            }

            return [];
        }

        foreach (var entry in map.Entries.Where(entry => !SpecNames.IsPart(entry.Key.Text)))
        {
            Mistake(entry.Key, $"'{entry.Key.Text}' cannot be a name; {SpecNames.PartRule}");
        }

        return [.. map.Entries.Select(entry => new SpecEntry(entry.Key.Text, $"{place}.{entry.Key.Text}", entry.Key, entry.Value))];
    }

    public IReadOnlyList<YamlNode> Items(YamlNode node, string place)
    {
        if (node is YamlList list)
        {
            return list.Items;
        }

        Mistake(node, $"{place} must be a list: [..]");
        return [];
    }

    public string Text(YamlNode node, string place)
    {
        if (node is YamlScalar { IsNull: false, Text.Length: > 0 } scalar)
        {
            return scalar.Text;
        }

        Mistake(node, $"{place} must be a text");
        return "";
    }

    public int Integer(YamlNode node, string place, IntegerValue range)
    {
        if (Plain(node) is { } text && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= range.Min && value <= range.Max)
        {
            return value;
        }

        var words = range.Max == int.MaxValue ? $"{range.Min} or more" : $"{range.Min} to {range.Max}";
        Mistake(node, $"{place} must be a whole number, {words}, not {Show(node)}");
        return range.Min;
    }

    public ulong Seed(YamlNode node, string place, ulong fallback)
    {
        if (Plain(node) is { } text && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        Mistake(node, $"{place} must be a whole number, 0 or more, not {Show(node)}");
        return fallback;
    }

    public double Number(YamlNode node, string place, NumberRange range)
    {
        if (Plain(node) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && range.Contains(value))
        {
            return value;
        }

        Mistake(node, $"{place} must be a number, {range.Text}, not {Show(node)}");
        return 0;
    }

    public bool Flag(YamlNode node, string place, bool fallback)
    {
        if (node is YamlScalar { Plain: true, Text: "true" or "false" } scalar)
        {
            return scalar.Text == "true";
        }

        Mistake(node, $"{place} must be true or false, not {Show(node)}");
        return fallback;
    }

    public T Choice<T>(YamlNode node, string place, ChoiceValue<T> choices)
    {
        foreach (var (word, meaning) in choices.Choices)
        {
            if (node is YamlScalar scalar && scalar.Text == word)
            {
                return meaning;
            }
        }

        Mistake(node, $"{place} must be one of {string.Join(", ", choices.Words)}, not {Show(node)}{Meant(node, choices.Words)}");
        return choices.Choices[0].Meaning;
    }

    /// <summary>A name of something the spec has; what it has not is a mistake, and null.</summary>
    /// <param name="node">The value.</param>
    /// <param name="place">Its place.</param>
    /// <param name="known">Names there are.</param>
    /// <param name="what">What they are, such as "checkpoint of the trajectory".</param>
    public string? Known(YamlNode node, string place, IReadOnlyCollection<string> known, string what)
    {
        var text = Text(node, place);
        if (text.Length == 0 || known.Contains(text))
        {
            return text.Length == 0 ? null : text;
        }

        var meant = Meant(node, known);
        Mistake(node, $"{place}: '{text}' is no {what}{(meant.Length > 0 || known.Count == 0 ? meant : $"; there are {string.Join(", ", known)}")}");
        return null;
    }

    public SpecReference Reference(YamlNode node, string place, ReferenceKind kind)
    {
        var reference = new SpecReference(Text(node, place), kind, place, node.Line, node.Column);
        context.Add(reference);
        return reference;
    }

    public static string Show(YamlNode? node) => node switch
    {
        YamlScalar { IsNull: true } or null => "nothing",
        YamlScalar scalar => $"'{scalar.Text}'",
        YamlList => "a list",
        _ => "a mapping",
    };

    private static string Meant(YamlNode node, IEnumerable<string> words) =>
        node is YamlScalar { Text: var text } && NearestWord.Find(text, words) is { } near ? $"; did you mean {near}?" : "";

    private static string? Plain(YamlNode node) => node is YamlScalar { Plain: true, Text: var text } ? text : null;
}
