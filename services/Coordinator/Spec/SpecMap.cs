namespace Graft.Coordinator.Spec;

/// <summary>
/// Reads the keys of one mapping. Only keys of its section can be asked for; <see cref="Close"/> reports all others. A value that is missing
/// or wrong is a mistake and reads as some valid value, so that reading goes on to the next one.
/// </summary>
internal sealed class SpecMap
{
    private readonly YamlMap _node;
    private readonly SpecSection _section;
    private readonly HashSet<string> _missing = [];

    private SpecMap(YamlMap node, string place, SpecSection section, SpecContext context)
    {
        _node = node;
        _section = section;
        Place = place;
        Values = new SpecValues(context);
    }

    /// <summary>Its key in the spec, such as "finetune.recipe"; empty for the spec itself.</summary>
    public string Place { get; }

    public YamlNode Node => _node;

    /// <summary>Reads values that are no key's own, such as items.</summary>
    public SpecValues Values { get; }

    public SpecContext Context => Values.Context;

    /// <summary>A key without a value counts as an empty mapping: "recurrent:" asks for recurrent merging as it comes.</summary>
    public static SpecMap Of(YamlNode node, string place, SpecSection section, SpecContext context)
    {
        if (node is not YamlMap and not YamlScalar { IsNull: true })
        {
            context.Mistakes.Add(node, $"{(place.Length == 0 ? "the spec" : place)} must be a mapping of keys to values");
        }

        return new SpecMap(node as YamlMap ?? new YamlMap([], node.Line, node.Column), place, section, context);
    }

    public string PlaceOf(SpecKey key) => Place.Length == 0 ? key.Name : $"{Place}.{key.Name}";

    public void Mistake(SpecKey key, string message) => Context.Mistakes.Add(_node.Find(key.Name)?.Value ?? _node, $"{PlaceOf(key)} {message}");

    public bool Has(SpecKey key) => Find(key) is not null;

    /// <summary>The value of an optional key.</summary>
    public YamlNode? Find(SpecKey key) => _section.Keys.Any(known => ReferenceEquals(known, key))
        ? _node.Find(key.Name)?.Value
        : throw new InvalidOperationException($"The section {_section.Name} declares no key {key.Name}.");

    /// <summary>The value of a required key; its absence is a mistake.</summary>
    public YamlNode? Require(SpecKey key)
    {
        var node = Find(key);
        if (node is null)
        {
            _missing.Add(key.Name);
        }

        return node;
    }

    public SpecMap? FindMap(SpecKey<SectionValue> key) => Find(key) is { } node ? Of(node, PlaceOf(key), key.Value.Section, Context) : null;

    public SpecMap? RequireMap(SpecKey<SectionValue> key) => Require(key) is { } node ? Of(node, PlaceOf(key), key.Value.Section, Context) : null;

    /// <summary>The author's own names below an optional key, in the order written; null when the key is absent.</summary>
    public IReadOnlyList<SpecEntry>? FindNamed(SpecKey<NamedValue> key) => Find(key) is { } node ? Values.Named(node, PlaceOf(key)) : null;

    /// <summary>The items of an optional list; none when the key is absent.</summary>
    public IReadOnlyList<YamlNode> Items(SpecKey<ListValue> key, bool isRequired = false) =>
        (isRequired ? Require(key) : Find(key)) is { } node ? Values.Items(node, PlaceOf(key)) : [];

    public string Text(SpecKey<TextValue> key) => Require(key) is { } node ? Values.Text(node, PlaceOf(key)) : "";

    /// <summary>A whole number in its range; the key is required when there is no fallback.</summary>
    public int Integer(SpecKey<IntegerValue> key, int? fallback = null) =>
        Scalar(key, fallback is null) is { } node ? Values.Integer(node, PlaceOf(key), key.Value) : fallback ?? key.Value.Min;

    public ulong Seed(SpecKey<SeedValue> key, ulong fallback) => Find(key) is { } node ? Values.Seed(node, PlaceOf(key), fallback) : fallback;

    /// <summary>A number in its range; the key is required when there is no fallback.</summary>
    public double Number(SpecKey<NumberValue> key, double? fallback = null) =>
        Scalar(key, fallback is null) is { } node ? Values.Number(node, PlaceOf(key), key.Value.Range) : fallback ?? 0;

    public bool Flag(SpecKey<FlagValue> key, bool fallback = false) => Find(key) is { } node ? Values.Flag(node, PlaceOf(key), fallback) : fallback;

    /// <summary>What one of some words means; the key is required when there is no fallback.</summary>
    public T Choice<T>(SpecKey<ChoiceValue<T>> key, T? fallback = null)
        where T : struct =>
        Scalar(key, fallback is null) is { } node ? Values.Choice(node, PlaceOf(key), key.Value) : fallback ?? key.Value.Choices[0].Meaning;

    /// <summary>What one of some words means; null when the key is absent.</summary>
    public T? FindChoice<T>(SpecKey<ChoiceValue<T>> key)
        where T : class =>
        Find(key) is { } node ? Values.Choice(node, PlaceOf(key), key.Value) : null;

    public SpecReference Reference(SpecKey<ReferenceValue> key) => Require(key) is { } node
        ? Values.Reference(node, PlaceOf(key), key.Value.Kind)
        : new SpecReference("", key.Value.Kind, PlaceOf(key), _node.Line, _node.Column);

    /// <summary>Reports missing keys, and keys the section has not, with the one that was probably meant.</summary>
    public void Close()
    {
        var where = Place.Length == 0 ? "" : $" in {Place}";
        var known = _section.Keys.Select(key => key.Name).ToList();
        foreach (var entry in _node.Entries.Where(entry => !known.Contains(entry.Key.Text)))
        {
            if (NearestWord.Find(entry.Key.Text, known.Where(key => _node.Find(key) is null)) is { } near)
            {
                _missing.Remove(near);
                Context.Mistakes.Add(entry.Key, $"unknown key '{entry.Key.Text}'{where}; did you mean '{near}'?");
            }
            else
            {
                Context.Mistakes.Add(entry.Key, $"unknown key '{entry.Key.Text}'{where}; the keys here are {string.Join(", ", known)}");
            }
        }

        foreach (var key in _missing)
        {
            Context.Mistakes.Add(_node, $"{(Place.Length == 0 ? key : $"{Place}.{key}")} is missing");
        }
    }

    private YamlNode? Scalar(SpecKey key, bool isRequired) => isRequired ? Require(key) : Find(key);
}

/// <summary>A name of the author's with its value.</summary>
/// <param name="Name">The name.</param>
/// <param name="Place">Its key in the spec.</param>
/// <param name="Key">Where the name stands.</param>
/// <param name="Value">The value.</param>
internal sealed record SpecEntry(string Name, string Place, YamlScalar Key, YamlNode Value);
