using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>Reads one YAML document into nodes that know their line, from the parser's events. Anchors are not for these files.</summary>
internal sealed class YamlReader
{
    // Keeps hostile input off the stack.
    private const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly DescriptionMistakes _mistakes;

    private YamlReader(string yaml, DescriptionMistakes mistakes) => (_parser, _mistakes) = (new Parser(new StringReader(yaml)), mistakes);

    /// <returns>Null when the text is no YAML map, which is then among the mistakes.</returns>
    public static YamlMap? Read(string yaml, DescriptionMistakes mistakes)
    {
        var reader = new YamlReader(yaml, mistakes);
        try
        {
            return reader.Document();
        }
        catch (YamlException exception)
        {
            mistakes.Add((int)exception.Start.Line, $"this is no YAML: {exception.Message.TrimEnd('.')}");
        }
        catch (InvalidOperationException)
        {
            // The scanner of YamlDotNet 18.1 fails so over some misplaced brackets.
            mistakes.Add((int)(reader._parser.Current?.End.Line ?? 1), "this is no YAML: a bracket or comma shortly after this is misplaced");
        }

        return null;
    }

    private YamlMap? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _mistakes.Add(1, "the description is empty");
            return null;
        }

        var root = Node(depth: 0);
        if (root is not YamlMap map)
        {
            _mistakes.Add(root.Line, "a description has keys, such as prompt: and generate:");
            return null;
        }

        return map;
    }

    private YamlNode Node(int depth)
    {
        var (start, line) = (_parser.Current!.Start, (int)_parser.Current.Start.Line);
        if (depth > MaxDepth || _parser.Current is AnchorAlias)
        {
            throw new YamlException(start, start, depth > MaxDepth ? $"nested more than {MaxDepth} levels deep" : "aliases have no use here");
        }

        if (_parser.TryConsume<MappingStart>(out _))
        {
            return Map(depth, line);
        }

        if (!_parser.TryConsume<SequenceStart>(out _))
        {
            return new YamlText(_parser.Consume<Scalar>().Value, line);
        }

        List<YamlNode> items = [];
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(Node(depth + 1));
        }

        return new YamlList(items, line);
    }

    private YamlMap Map(int depth, int line)
    {
        List<(YamlText Key, YamlNode Value)> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var (key, value) = (Node(depth + 1), Node(depth + 1));
            if (key is not YamlText name)
            {
                _mistakes.Add(key.Line, "a key is a plain word");
            }
            else if (entries.Exists(entry => entry.Key.Text == name.Text))
            {
                _mistakes.Add(name.Line, $"the key '{name.Text}' is there twice");
            }
            else
            {
                entries.Add((name, value));
            }
        }

        return new YamlMap(entries, line);
    }
}
