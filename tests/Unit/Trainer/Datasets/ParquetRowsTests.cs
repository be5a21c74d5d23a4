using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Trainer.Datasets;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Graft.Tests.Unit.Trainer.Datasets;

/// <summary>Files written here as Hugging Face datasets writes them: nullable columns, a list of structs for messages.</summary>
public sealed class ParquetRowsTests
{
    [Fact]
    public async Task Texts_are_read_group_by_group()
    {
        var text = new DataField<string>("text");
        var file = await WriteAsync(
            new ParquetSchema(new DataField<string>("id"), text), ["1", "2"], ["a", ""], ["3"], ["\U0001F600\n"]);

        Assert.Equal(
            [new TextRow(Row(1), "a"), new TextRow(Row(2), ""), new TextRow(Row(3), "\U0001F600\n")],
            await ReadAsync(file));
    }

    [Fact]
    public async Task Prompts_and_completions_are_read_whatever_the_order_of_columns()
    {
        var file = await WriteAsync(
            new ParquetSchema(new DataField<string>("completion"), new DataField<string>("text"), new DataField<string>("prompt")),
            ["c1", "c2"],
            ["t", null],
            ["p1", "p2"]);

        Assert.Equal([new CompletionRow(Row(1), "p1", "c1"), new CompletionRow(Row(2), "p2", "c2")], await ReadAsync(file));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Conversations_are_read(bool nullable)
    {
        var file = await WriteAsync(nullable, [[("user", "a"), ("assistant", "b")], [("user", "c")], [("system", "d"), ("user", "e"), ("assistant", "f")]]);

        var rows = (await ReadAsync(file)).Cast<ConversationRow>().ToList();

        Assert.Equal([Row(1), Row(2), Row(3)], rows.Select(row => row.Place));
        Assert.Equal([new ChatMessage("user", "a"), new ChatMessage("assistant", "b")], rows[0].Messages);
        Assert.Equal([new ChatMessage("user", "c")], rows[1].Messages);
        Assert.Equal([new ChatMessage("system", "d"), new ChatMessage("user", "e"), new ChatMessage("assistant", "f")], rows[2].Messages);
    }

    [Fact]
    public async Task A_null_among_many_rows_is_told_with_its_row_and_field()
    {
        var texts = Enumerable.Range(0, 5000).Select(i => i == 3210 ? null : $"row {i}").ToArray();
        var file = await WriteAsync(new ParquetSchema(new DataField<string>("text")), texts[..3000], texts[3000..]);

        Assert.Equal("data.parquet, row 3211: text is null, and must be a text.", await FaultAsync(file));
    }

    [Fact]
    public async Task A_conversation_with_a_hole_is_told_with_its_message()
    {
        Assert.Equal(
            "data.parquet, row 2: messages[1].content is null, and must be a text.",
            await FaultAsync(await WriteAsync(true, [[("user", "a")], [("user", "b"), ("assistant", null)], [("user", "c")]])));
        Assert.Equal(
            "data.parquet, row 1: messages is empty or null, and must be a list of at least one {role, content}.",
            await FaultAsync(await WriteAsync(true, [[], [("user", "b")]])));
        Assert.Equal(
            "data.parquet, row 2: messages is empty or null, and must be a list of at least one {role, content}.",
            await FaultAsync(await WriteAsync(false, [[("user", "b")], []])));
    }

    public static TheoryData<ParquetSchema, string> Wrong => new()
    {
        { new ParquetSchema(new DataField<string>("question")), "data.parquet has neither messages, nor prompt and completion, nor text; its columns are: question." },
        { new ParquetSchema(new DataField<int>("text")), "data.parquet has a column text of the type Int32, and must have texts there." },
        { new ParquetSchema(new DataField<string>("prompt")), "data.parquet has no column completion." },
        { new ParquetSchema(new DataField<string>("messages")), "data.parquet has a column messages that is no list of structs {role, content}." },
        {
            new ParquetSchema(new ListField("messages", new StructField("element", new DataField<string>("from"), new DataField<string>("content")))),
            "data.parquet has no column messages.role."
        },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task Columns_that_are_none_of_those_are_told(ParquetSchema schema, string message)
    {
        var stream = new MemoryStream();
        await using (await ParquetWriter.CreateAsync(schema, stream, cancellationToken: TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal(message, await FaultAsync(stream.ToArray()));
    }

    [Fact]
    public async Task A_damaged_file_is_refused()
    {
        var file = await WriteAsync(new ParquetSchema(new DataField<string>("text")), ["a", "b"]);

        Assert.StartsWith("data.parquet cannot be read as Parquet", await FaultAsync([]), StringComparison.Ordinal);
        Assert.StartsWith("data.parquet cannot be read as Parquet", await FaultAsync(file[..^9]), StringComparison.Ordinal);
        var random = new Random(2);
        for (var i = 0; i < 300; i++)
        {
            var damaged = file.ToArray();
            damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            // Read, perhaps with other texts, or refused by our fault and nothing else.
            await Record(damaged);
        }
    }

    private static async Task Record(byte[] file)
    {
        try
        {
            await ReadAsync(file);
        }
        catch (FaultException fault)
        {
            Assert.Equal(FaultKind.Invalid, fault.Kind);
        }
    }

    private static RowPlace Row(long number) => new("data.parquet", "row", number);

    private static async Task<string> FaultAsync(byte[] file) => (await Assert.ThrowsAsync<FaultException>(() => ReadAsync(file))).Message;

    private static async Task<List<DataRow>> ReadAsync(byte[] file)
    {
        List<DataRow> rows = [];
        await foreach (var row in DatasetFiles.ReadAsync("data.parquet", new MemoryStream(file), TestContext.Current.CancellationToken))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>Text columns; every so many as there are fields make a row group.</summary>
    private static async Task<byte[]> WriteAsync(ParquetSchema schema, params string?[][] columns)
    {
        var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            foreach (var group in columns.Chunk(schema.GetDataFields().Length))
            {
                using var rows = writer.CreateRowGroup();
                foreach (var (field, values) in schema.GetDataFields().Zip(group))
                {
                    await rows.WriteAsync(field, values!);
                }
            }
        }

        return stream.ToArray();
    }

    private static async Task<byte[]> WriteAsync(bool nullable, (string? Role, string? Content)[][] conversations)
    {
        var schema = new ParquetSchema(new DataField<string>("id"), new ListField("messages", new StructField(
            "element", new DataField<string>("content", nullable), new DataField<string>("role", nullable))));
        var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: TestContext.Current.CancellationToken))
        {
            using var rows = writer.CreateRowGroup();
            var fields = schema.GetDataFields();
            await rows.WriteAsync(fields[0], conversations.Select((_, i) => $"{i}").ToArray());
            await WriteAsync(rows, fields[1], conversations, message => message.Content);
            await WriteAsync(rows, fields[2], conversations, message => message.Role);
        }

        return stream.ToArray();
    }

    private static async Task WriteAsync(
        ParquetRowGroupWriter rows, DataField field, (string? Role, string? Content)[][] conversations, Func<(string? Role, string? Content), string?> part)
    {
        List<ReadOnlyMemory<char>> values = [];
        List<int> definitions = [], repetitions = [];
        foreach (var conversation in conversations)
        {
            for (var i = 0; i < Math.Max(1, conversation.Length); i++)
            {
                var value = i < conversation.Length ? part(conversation[i]) : null;
                repetitions.Add(i == 0 ? 0 : 1);
                // An empty list is one level above its elements; a null leaf one above the leaf.
                definitions.Add(conversation.Length == 0 ? 1 : value is null ? field.MaxDefinitionLevel - 1 : field.MaxDefinitionLevel);
                if (value is not null)
                {
                    values.Add(value.AsMemory());
                }
            }
        }

        await rows.WriteAllPartsAsync<ReadOnlyMemory<char>>(
            field, values.ToArray(), definitions.ToArray(), repetitions.ToArray(), TestContext.Current.CancellationToken);
    }
}
