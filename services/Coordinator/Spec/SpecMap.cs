using System.Globalization;

namespace Graft.Coordinator.Spec;

/// <summary>
/// Reads the keys of one mapping. Each key asked for is a known one; <see cref="Close"/> reports the rest. A value that is missing or
/// wrong is a mistake and reads as some valid value, so that reading goes on to the next one.
/// </summary>
internal sealed class SpecMap
{
    private readonly YamlMap _node;
    private readonly SpecContext _context;
    private readonly HashSet<string> _known = [];
    private readonly List<string> _missing = [];

    private SpecMap(YamlMap node, string place, SpecContext context)
    {
        _node = node;
        Place = place;
        _context = context;
    }

    /// <summary>Its key in the spec, such as "finetune.recipe"; empty for the spec itself.</summary>
    public string Place { get; }

    public YamlNode Node => _node;

    /// <summary>A key without a value counts as an empty mapping: "recurrent:" asks for recurrent merging as it comes.</summary>
    public static SpecMap Of(YamlNode node, string place, SpecContext context)
    {
        if (node is not YamlMap and not YamlScalar { IsNull: true })
        {
            context.Mistakes.Add(node, $"{(place.Length == 0 ? "the spec" : place)} must be a mapping of keys to values");
        }

        return new SpecMap(node as YamlMap ?? new YamlMap([], node.Line, node.Column), place, context);
    }

    public string PlaceOf(string key) => Place.Length == 0 ? key : $"{Place}.{key}";

    public void Mistake(string key, string message) => _context.Mistakes.Add(_node.Find(key)?.Value ?? _node, $"{PlaceOf(key)} {message}");

    /// <summary>The value of an optional key.</summary>
    public YamlNode? Find(string key)
    {
        _known.Add(key);
        return _node.Find(key)?.Value;
    }

    /// <summary>The value of a required key; its absence is a mistake.</summary>
    public YamlNode? Require(string key)
    {
        var node = Find(key);
        if (node is null)
        {
            _missing.Add(key);
        }

        return node;
    }

    public SpecMap? FindMap(string key) => Find(key) is { } node ? Of(node, PlaceOf(key), _context) : null;

    public SpecMap? RequireMap(string key) => Require(key) is { } node ? Of(node, PlaceOf(key), _context) : null;

    /// <summary>Keys that their author chooses, each a name for the store, with their values in the order written.</summary>
    public IReadOnlyList<YamlEntry> NamedEntries()
    {
        _known.UnionWith(_node.Entries.Select(entry => entry.Key.Text));
        foreach (var entry in _node.Entries.Where(entry => !SpecNames.IsPart(entry.Key.Text)))
        {
            _context.Mistakes.Add(entry.Key, $"'{entry.Key.Text}' cannot be a name; {SpecNames.PartRule}");
        }

        return _node.Entries;
    }

    /// <summary>The items of an optional list; none when the key is absent.</summary>
    public IReadOnlyList<YamlNode> Items(string key, bool required)
    {
        switch (required ? Require(key) : Find(key))
        {
            case null:
                return [];
            case YamlList list:
                return list.Items;
            default:
                Mistake(key, "must be a list: [..]");
                return [];
        }
    }

    public string Text(string key) => Require(key) is { } node ? TextOf(node, PlaceOf(key)) : "";

    public string TextOf(YamlNode node, string place)
    {
        if (node is YamlScalar { IsNull: false, Text.Length: > 0 } scalar)
        {
            return scalar.Text;
        }

        _context.Mistakes.Add(node, $"{place} must be a text");
        return "";
    }

    /// <summary>A whole number in a range; the key is required when there is no fallback.</summary>
    public int Integer(string key, int min, int max, int? fallback = null) =>
        Scalar(key, fallback is null) is { } node ? IntegerOf(node, PlaceOf(key), min, max) : fallback ?? min;

    public int IntegerOf(YamlNode node, string place, int min, int max)
    {
        if (Plain(node) is { } text && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= min && value <= max)
        {
            return value;
        }

        var range = max == int.MaxValue ? $"{min} or more" : $"{min} to {max}";
        _context.Mistakes.Add(node, $"{place} must be a whole number, {range}, not {Show(node)}");
        return min;
    }

    public ulong Seed(string key, ulong fallback)
    {
        if (Find(key) is not { } node)
        {
            return fallback;
        }

        if (Plain(node) is { } text && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        Mistake(key, $"must be a whole number, 0 or more, not {Show(node)}");
        return fallback;
    }

    /// <summary>A finite number that fits ("range" says which do); the key is required when there is no fallback.</summary>
    public double Number(string key, Func<double, bool> fits, string range, double? fallback = null) =>
        Scalar(key, fallback is null) is { } node ? NumberOf(node, PlaceOf(key), fits, range) : fallback ?? 0;

    public double NumberOf(YamlNode node, string place, Func<double, bool> fits, string range)
    {
        if (Plain(node) is { } text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value) && fits(value))
        {
            return value;
        }

        _context.Mistakes.Add(node, $"{place} must be a number, {range}, not {Show(node)}");
        return 0;
    }

    public bool Flag(string key)
    {
        switch (Find(key))
        {
            case null or YamlScalar { Plain: true, Text: "false" }:
                return false;
            case YamlScalar { Plain: true, Text: "true" }:
                return true;
            case var node:
                Mistake(key, $"must be true or false, not {Show(node)}");
                return false;
        }
    }

    /// <summary>One of some words.</summary>
    /// <param name="key">The key.</param>
    /// <param name="fallback">Value when the key is absent; null when it is required.</param>
    /// <param name="choices">Words and what they mean.</param>
    public T Choice<T>(string key, T? fallback, params ReadOnlySpan<(string Word, T Value)> choices)
        where T : struct
    {
        if (Scalar(key, fallback is null) is not { } node)
        {
            return fallback ?? choices[0].Value;
        }

        var words = new List<string>();
        foreach (var (word, value) in choices)
        {
            if (node is YamlScalar scalar && scalar.Text == word)
            {
                return value;
            }

            words.Add(word);
        }

        var meant = node is YamlScalar { Text: var text } && NearestWord.Find(text, words) is { } near ? $"; did you mean {near}?" : "";
        Mistake(key, $"must be one of {string.Join(", ", words)}, not {Show(node)}{meant}");
        return choices[0].Value;
    }

    public SpecReference Reference(string key, ReferenceKind kind) =>
        Require(key) is { } node ? ReferenceOf(node, PlaceOf(key), kind) : new SpecReference("", kind, PlaceOf(key), _node.Line, _node.Column);

    public SpecReference ReferenceOf(YamlNode node, string place, ReferenceKind kind)
    {
        var reference = new SpecReference(TextOf(node, place), kind, place, node.Line, node.Column);
        _context.Add(reference);
        return reference;
    }

    /// <summary>Reports missing keys, and keys nobody asked for with the known one that was probably meant.</summary>
    public void Close()
    {
        var where = Place.Length == 0 ? "" : $" in {Place}";
        foreach (var entry in _node.Entries.Where(entry => !_known.Contains(entry.Key.Text)))
        {
            var free = _known.Where(key => _node.Find(key) is null);
            if (NearestWord.Find(entry.Key.Text, free) is { } near)
            {
                _missing.Remove(near);
                _context.Mistakes.Add(entry.Key, $"unknown key '{entry.Key.Text}'{where}; did you mean '{near}'?");
            }
            else
            {
                _context.Mistakes.Add(entry.Key, $"unknown key '{entry.Key.Text}'{where}; the keys here are {string.Join(", ", _known)}");
            }
        }

        foreach (var key in _missing)
        {
            _context.Mistakes.Add(_node, $"{PlaceOf(key)} is missing");
        }
    }

    private YamlNode? Scalar(string key, bool required) => required ? Require(key) : Find(key);

    private static string? Plain(YamlNode node) => node is YamlScalar { Plain: true, Text: var text } ? text : null;

    private static string Show(YamlNode? node) => node switch
    {
        YamlScalar { IsNull: true } or null => "nothing",
        YamlScalar scalar => $"'{scalar.Text}'",
        YamlList => "a list",
        _ => "a mapping",
    };
}
