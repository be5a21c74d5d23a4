using System.Text.Json;
using Parquet;
using Parquet.Schema;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>Real word problems, as conversations in JSON lines and in Parquet, from files to a fine-tuned checkpoint.</summary>
public sealed class DataTests
{
    [Fact]
    public async Task Files_are_inspected_imported_and_trained_on_as_a_mixture()
    {
        var model = SharedData.Require("trajectory/M1");
        using var folder = new TemporaryFolder();
        var (lines, columns, store) = (folder["svamp.jsonl"], folder["svamp.parquet"], folder["store"]);
        var conversations = Conversations();
        await File.WriteAllLinesAsync(lines, conversations[..600].Select(Line), Token);
        await File.WriteAllBytesAsync(columns, await ParquetAsync(conversations[600..]), Token);

        using var inspection = JsonDocument.Parse(
            await GraftProcess.RunAsync("data", "inspect", columns, "--tokenizer", model, "--template", "tulu", "--max-length", "96", "--json"));
        await GraftProcess.RunAsync("import", model, "--name", "M1", "--store", store);
        using var imported = JsonDocument.Parse(await GraftProcess.RunAsync("data", "import", columns, "--name", "svamp/columns", "--store", store, "--json"));
        using var stored = JsonDocument.Parse(await GraftProcess.RunAsync(
            "data", "inspect", "svamp/columns", "--tokenizer", "M1", "--template", "tulu", "--max-length", "96", "--json", "--store", store));
        string[] train = ["train", "--start", "M1", "--data", lines, "svamp/columns:0.5", "--template", "tulu", "--steps", "4", "--batch", "4", "--length", "96", "--name", "M1-FT", "--store", store, "--json"];
        using var made = JsonDocument.Parse(await GraftProcess.RunAsync(train));
        using var again = JsonDocument.Parse(await GraftProcess.RunAsync(train));

        Assert.Equal(400, inspection.RootElement.GetProperty("rows").GetInt32());
        Assert.Equal(400, imported.RootElement.GetProperty("rows").GetInt32());
        Assert.Equal(inspection.RootElement.GetRawText(), stored.RootElement.GetRawText());
        Assert.Equal(made.RootElement.GetProperty("digest").GetString(), again.RootElement.GetProperty("digest").GetString());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static (string Question, string Answer)[] Conversations()
    {
        using var problems = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data/sft/SVAMP.json")));
        return
        [
            .. problems.RootElement.EnumerateArray().Select(problem => (
                $"{problem.GetProperty("Body").GetString()} {problem.GetProperty("Question").GetString()}", problem.GetProperty("Equation").GetString()!)),
        ];
    }

    private static string Line((string Question, string Answer) conversation) => JsonSerializer.Serialize(new
    {
        messages = new[] { new { role = "user", content = conversation.Question }, new { role = "assistant", content = conversation.Answer } },
    });

    private static async Task<byte[]> ParquetAsync((string Question, string Answer)[] conversations)
    {
        var schema = new ParquetSchema(new ListField("messages", new StructField("element", new DataField<string>("content"), new DataField<string>("role"))));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: Token))
        {
            using var rows = writer.CreateRowGroup();
            var (content, role) = (schema.GetDataFields()[0], schema.GetDataFields()[1]);
            await WriteAsync(rows, content, [.. conversations.SelectMany(conversation => new[] { conversation.Question, conversation.Answer })]);
            await WriteAsync(rows, role, [.. conversations.SelectMany(_ => new[] { "user", "assistant" })]);
        }

        return stream.ToArray();
    }

    // Two messages a row, none of them null.
    private static Task WriteAsync(ParquetRowGroupWriter rows, DataField field, string[] values) => rows.WriteAllPartsAsync<ReadOnlyMemory<char>>(
        field,
        values.Select(value => value.AsMemory()).ToArray(),
        Enumerable.Repeat(field.MaxDefinitionLevel, values.Length).ToArray(),
        Enumerable.Range(0, values.Length).Select(i => i % 2).ToArray(),
        Token);
}
