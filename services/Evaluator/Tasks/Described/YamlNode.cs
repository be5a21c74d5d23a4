namespace Graft.Evaluator.Tasks.Described;

/// <summary>A piece of a YAML document and the line it begins in, from 1.</summary>
internal abstract record YamlNode(int Line);

internal sealed record YamlText(string Text, int Line) : YamlNode(Line);

internal sealed record YamlList(IReadOnlyList<YamlNode> Items, int Line) : YamlNode(Line);

/// <summary>A map; it remembers which of its keys were asked for, so that the others can be told.</summary>
internal sealed record YamlMap(IReadOnlyList<(YamlText Key, YamlNode Value)> Entries, int Line) : YamlNode(Line)
{
    private readonly HashSet<string> _known = [];

    public YamlNode? Find(string key)
    {
        _known.Add(key);
        return Entries.FirstOrDefault(entry => entry.Key.Text == key).Value;
    }

    /// <summary>Keys nobody asked for.</summary>
    public IEnumerable<YamlText> Unknown => Entries.Select(entry => entry.Key).Where(key => !_known.Contains(key.Text));

    public IEnumerable<string> Known => _known;
}
