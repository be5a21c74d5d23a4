using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Graft.Faults;
using Graft.Modeling.Chat;
using Parquet;
using Parquet.Schema;

namespace Graft.Trainer.Datasets;

/// <summary>
/// Rows of a Parquet file as Hugging Face datasets writes them: text columns "text", or "prompt" and "completion", or "messages", a list of
/// structs with the texts "role" and "content". One row group is in memory at a time, of the columns that are needed.
/// </summary>
internal static class ParquetRows
{
    private static readonly ParquetOptions _options = new() { TreatByteArrayAsString = true };

    /// <param name="file">Name for messages.</param>
    /// <param name="stream">Seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Invalid: damaged, columns that are none of those, or a value that is null; with its row, from 1.</exception>
    public static async IAsyncEnumerable<DataRow> ReadAsync(string file, Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = await GuardAsync(file, () => OpenAsync(stream, cancellationToken));
        var columns = Columns(file, reader.Schema);
        var number = 0L;
        for (var group = 0; group < reader.RowGroupCount; group++)
        {
            var rows = await GuardAsync(file, () => ReadGroupAsync(reader.OpenRowGroupReader(group), columns, cancellationToken));
            for (var i = 0; i < rows[0].Count; i++)
            {
                yield return Row(columns, rows, i, new RowPlace(file, "row", ++number));
            }
        }
    }

    private static async Task<ParquetReader> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        await ParquetFooter.CheckAsync(stream, cancellationToken);
        return await ParquetReader.CreateAsync(stream, _options, leaveStreamOpen: true, cancellationToken);
    }

    private static async Task<TextColumn[]> ReadGroupAsync(ParquetRowGroupReader group, TextField[] columns, CancellationToken cancellationToken)
    {
        var values = new TextColumn[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            values[i] = await TextColumn.ReadAsync(group, columns[i], cancellationToken);
        }

        return values.All(column => column.Count == values[0].Count)
            ? values
            : throw new InvalidDataException("its columns have different numbers of rows");
    }

    /// <summary>The columns to read: of a conversation role and content, of a completion prompt and completion.</summary>
    private static TextField[] Columns(string file, ParquetSchema schema)
    {
        Field? Find(string name) => schema.Fields.FirstOrDefault(field => field.Name == name);
        if (Find("messages") is { } messages)
        {
            return messages is ListField { Item: StructField message } list
                ? [.. new[] { "role", "content" }.Select(name => new TextField(Text(file, message.Fields, name, $"messages.{name}"), list.MaxDefinitionLevel))]
                : throw RowFault.File(file, "has a column messages that is no list of structs {role, content}.");
        }

        if (Find("prompt") is not null || Find("completion") is not null)
        {
            return [.. new[] { "prompt", "completion" }.Select(name => new TextField(Text(file, schema.Fields, name, name), 0))];
        }

        return Find("text") is not null
            ? [new TextField(Text(file, schema.Fields, "text", "text"), 0)]
            : throw RowFault.File(
                file, $"has neither messages, nor prompt and completion, nor text; its columns are: {string.Join(", ", schema.Fields.Take(20).Select(field => field.Name))}.");
    }

    private static DataField Text(string file, IReadOnlyList<Field> fields, string name, string path) => fields.FirstOrDefault(field => field.Name == name) switch
    {
        DataField { IsArray: false } field when field.ClrType == typeof(ReadOnlyMemory<char>) => field,
        DataField field => throw RowFault.File(file, $"has a column {path} of the type {field.ClrType.Name}{(field.IsArray ? " (a list)" : "")}, and must have texts there."),
        null => throw RowFault.File(file, $"has no column {path}."),
        var other => throw RowFault.File(file, $"has a column {path} that is a {other.SchemaType}, and must have texts there."),
    };

    private static DataRow Row(TextField[] columns, TextColumn[] values, int i, RowPlace place)
    {
        if (columns[0].ElementLevel > 0)
        {
            return new ConversationRow(place, Messages(values[0].Values(i), values[1].Values(i), place));
        }

        return columns switch
        {
            [var text] => new TextRow(place, Single(values[0], i, text, place)),
            _ => new CompletionRow(place, Single(values[0], i, columns[0], place), Single(values[1], i, columns[1], place)),
        };
    }

    private static string Single(TextColumn column, int row, TextField field, RowPlace place) =>
        column.Values(row) is [{ } text] ? text : throw RowFault.Wrong(place, field.Field.Name, "null", "a text");

    private static ChatMessage[] Messages(ReadOnlySpan<string?> roles, ReadOnlySpan<string?> contents, RowPlace place)
    {
        if (roles.Length == 0 || roles.Length != contents.Length)
        {
            throw RowFault.Wrong(place, "messages", "empty or null", "a list of at least one {role, content}");
        }

        var messages = new ChatMessage[roles.Length];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = new ChatMessage(
                roles[i] ?? throw RowFault.Wrong(place, $"messages[{i}].role", "null", "a text"),
                contents[i] ?? throw RowFault.Wrong(place, $"messages[{i}].content", "null", "a text"));
        }

        return messages;
    }

    [SuppressMessage("Design", "CA1031", Justification = "A damaged file makes the library throw whatever its decoding trips over.")]
    private static async Task<T> GuardAsync<T>(string file, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception exception) when (exception is not (FaultException or OperationCanceledException))
        {
            throw RowFault.File(file, $"cannot be read as Parquet: {exception.Message}", exception);
        }
    }
}
