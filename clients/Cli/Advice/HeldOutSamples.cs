using System.Buffers;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Cli.Imports;
using Graft.Client;
using Graft.Faults;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Advice;

/// <summary>Held-out rows as requests whose right continuation is scored.</summary>
internal static class HeldOutSamples
{
    // Of the draw; which of many rows are taken should not change between two commands.
    private const int Seed = 0;

    /// <summary>A dataset of at most so many requests, drawn from the rows of a file or of a dataset of the store.</summary>
    /// <exception cref="FaultException">NotFound; Invalid: rows that are no prompts with completions, or none at all.</exception>
    public static async Task<Digest> WriteAsync(StoreClient store, string reference, int count, CancellationToken cancellationToken)
    {
        var dataset = await Datasets.FindAsync(store, reference, cancellationToken);
        List<CompletionRow> rows = [];
        await foreach (var row in StoredDataset.ReadAsync(store, dataset.Digest, "data", cancellationToken))
        {
            rows.Add(row as CompletionRow ?? throw FaultException.Invalid(
                $"{row.Place}: held-out samples are rows of {{\"prompt\", \"completion\"}}; render conversations and plain text as such."));
        }

        return rows.Count == 0
            ? throw FaultException.Invalid($"{reference} has no rows.")
            : await WriteAsync(store, Draw(rows, count), cancellationToken);
    }

    private static List<CompletionRow> Draw(List<CompletionRow> rows, int count)
    {
        if (rows.Count <= count)
        {
            return rows;
        }

        int[] order = [.. Enumerable.Range(0, rows.Count)];
        new Random(Seed).Shuffle(order);
        return [.. order.Take(count).Order().Select(row => rows[row])];
    }

    private static async Task<Digest> WriteAsync(StoreClient store, IReadOnlyList<CompletionRow> rows, CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>();
        foreach (var (row, number) in rows.Select((row, number) => (row, number)))
        {
            using (var json = new Utf8JsonWriter(lines))
            {
                json.WriteStartObject();
                json.WriteNumber("doc_id", number);
                json.WriteNumber("choice", 0);
                json.WriteString("context", row.Prompt);
                json.WriteString("continuation", row.Completion);
                json.WriteNumber("gold", 0);
                json.WriteEndObject();
            }

            lines.Write("\n"u8);
        }

        var file = await store.WriteFileAsync("held-out.jsonl", lines.WrittenMemory, cancellationToken);
        return await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = [file] }, name: null, cancellationToken);
    }
}
