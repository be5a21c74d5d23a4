using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Graft.Coordinator.Spec;

/// <summary>
/// Reads one YAML document into nodes that know their place. Built from the parser's events, because the representation model stops at
/// the first double key and forgets where flow collections began.
/// </summary>
internal sealed class YamlTree
{
    // A spec is at most six levels deep; this only keeps hostile input off the stack.
    private const int MaxDepth = 32;

    private readonly Parser _parser;
    private readonly SpecMistakes _mistakes;
    private readonly Dictionary<string, YamlNode> _anchors = [];

    private YamlTree(string yaml, SpecMistakes mistakes)
    {
        _parser = new Parser(new StringReader(yaml));
        _mistakes = mistakes;
    }

    /// <returns>The root of the document; null when it cannot be read, which is then among the mistakes.</returns>
    public static YamlNode? Parse(string yaml, SpecMistakes mistakes)
    {
        var tree = new YamlTree(yaml, mistakes);
        try
        {
            return tree.Document();
        }
        catch (YamlException exception)
        {
            mistakes.Add((int)exception.Start.Line, (int)exception.Start.Column, $"this is no YAML: {exception.Message.TrimEnd('.')}");
        }
        catch (InvalidOperationException)
        {
            // The scanner of YamlDotNet 18.1 fails so over some misplaced brackets in flow collections.
            var near = tree._parser.Current?.End ?? Mark.Empty;
            mistakes.Add((int)near.Line, (int)near.Column, "this is no YAML: a bracket or comma shortly after this is misplaced");
        }

        return null;
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _mistakes.Add(1, 1, "the spec is empty");
            return null;
        }

        var root = Node(depth: 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            _mistakes.Add((int)second.Start.Line, (int)second.Start.Column, "a spec is one YAML document; here a second one begins");
        }

        return root;
    }

    private YamlNode Node(int depth)
    {
        var start = _parser.Current!.Start;
        if (depth > MaxDepth)
        {
            throw new YamlException(start, start, $"nested more than {MaxDepth} levels deep");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value.Value, out var known)
                ? known
                : throw new YamlException(start, start, $"nothing before this has the anchor &{alias.Value.Value}");
        }

        var anchor = ((NodeEvent)_parser.Current).Anchor;
        YamlNode node = _parser.Current switch
        {
            MappingStart => Map(depth, (int)start.Line, (int)start.Column),
            SequenceStart => List(depth, (int)start.Line, (int)start.Column),
            _ => Scalar(),
        };
        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = node;
        }

        return node;
    }

    private YamlScalar Scalar()
    {
        var scalar = _parser.Consume<Scalar>();
        return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, (int)scalar.Start.Line, (int)scalar.Start.Column);
    }

    private YamlList List(int depth, int line, int column)
    {
        _parser.Consume<SequenceStart>();
        List<YamlNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(depth + 1));
        }

        return new YamlList(items, line, column);
    }

    private YamlMap Map(int depth, int line, int column)
    {
        _parser.Consume<MappingStart>();
        List<YamlEntry> entries = [];
        Dictionary<string, YamlScalar> keys = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is not YamlScalar name)
            {
                _mistakes.Add(key, "a key must be a plain word");
            }
            else if (!keys.TryAdd(name.Text, name))
            {
                _mistakes.Add(name, $"the key '{name.Text}' is already in line {keys[name.Text].Line}");
            }
            else
            {
                entries.Add(new YamlEntry(name, value));
            }
        }

        return new YamlMap(entries, line, column);
    }
}
