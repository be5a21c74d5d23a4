using System.Runtime.CompilerServices;
using System.Text.Json;
using Graft.Faults;
using Graft.Modeling.Chat;

namespace Graft.Trainer.Datasets;

/// <summary>Rows of a file of JSON lines. Blank lines are skipped, fields that are not asked for are ignored.</summary>
internal static class JsonLines
{
    public static async IAsyncEnumerable<DataRow> ReadAsync(string file, Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var lines = new LineReader(file, stream);
        RowForm? form = null;
        while (await lines.NextAsync(cancellationToken) is { } line)
        {
            if (!line.Span.Trim(" \r\t"u8).IsEmpty)
            {
                var (row, found) = Parse(line, new RowPlace(file, "line", lines.Number), form);
                form = found;
                yield return row;
            }
        }
    }

    /// <param name="line">One line.</param>
    /// <param name="place">Where it is.</param>
    /// <param name="form">What the rows before held; null for the first.</param>
    /// <exception cref="FaultException">Invalid: no JSON, or a field that is missing or of the wrong type.</exception>
    private static (DataRow Row, RowForm Form) Parse(ReadOnlyMemory<byte> line, RowPlace place, RowForm? form)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                throw RowFault.Row(place, $"is {Describe(root)}, not an object.");
            }

            var known = form ?? FormOf(root, place);
            return (Row(root, place, known), known);
        }
        catch (JsonException exception)
        {
            throw RowFault.Row(place, $"is no JSON: {exception.Message}", exception);
        }
    }

    private static RowForm FormOf(JsonElement root, RowPlace place)
    {
        bool Has(string name) => root.TryGetProperty(name, out _);
        return 0 switch
        {
            // Datasets of conversations often have the first prompt in a column of its own.
            _ when Has("messages") => RowForm.Conversation,
            _ when Has("prompt") || Has("completion") => RowForm.Completion,
            _ when Has("text") => RowForm.Text,
            _ => throw RowFault.Row(
                place,
                $"has neither messages, nor prompt and completion, nor text; its fields are: {string.Join(", ", root.EnumerateObject().Take(20).Select(field => field.Name))}."),
        };
    }

    private static DataRow Row(JsonElement root, RowPlace place, RowForm form) => form switch
    {
        RowForm.Conversation => new ConversationRow(place, Messages(root, place)),
        RowForm.Completion => new CompletionRow(place, Text(root, "prompt", "prompt", place), Text(root, "completion", "completion", place)),
        RowForm.Text => new TextRow(place, Text(root, "text", "text", place)),
    };

    private static ChatMessage[] Messages(JsonElement root, RowPlace place)
    {
        var value = Value(root, "messages");
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw RowFault.Wrong(place, "messages", Describe(value), "a list of at least one {role, content}");
        }

        var messages = new ChatMessage[value.GetArrayLength()];
        for (var i = 0; i < messages.Length; i++)
        {
            if (value[i].ValueKind != JsonValueKind.Object)
            {
                throw RowFault.Wrong(place, $"messages[{i}]", Describe(value[i]), "an object {role, content}");
            }

            messages[i] = new ChatMessage(Text(value[i], "role", $"messages[{i}].role", place), Text(value[i], "content", $"messages[{i}].content", place));
        }

        return messages;
    }

    private static string Text(JsonElement parent, string name, string path, RowPlace place)
    {
        var value = Value(parent, name);
        if (value.ValueKind != JsonValueKind.String)
        {
            throw RowFault.Wrong(place, path, Describe(value), "a text");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw RowFault.Wrong(place, path, "no Unicode (half a surrogate pair, or broken UTF-8)", "a text");
        }
    }

    private static JsonElement Value(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value : default;

    private static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Null => "null",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array when value.GetArrayLength() == 0 => "an empty list",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => $"a number ({Beginning(value.GetRawText())})",
        _ => value.GetRawText(),
    };

    private static string Beginning(string text) => text.Length <= 24 ? text : $"{text[..24]}...";
}
