using System.Text.Json;
using Graft.Evaluator.Requests;

namespace Graft.Evaluator.Prompts;

/// <summary>
/// Rows out of request files that OLMES has recorded: each line has the row as "doc", once for each of its choices, and once more for each
/// unconditional request. Lines of other files are rows themselves.
/// </summary>
internal static class RecordedRows
{
    // OLMES numbers unconditional requests so.
    private const long Unconditional = 1_000_000;

    public static IReadOnlyList<RequestLine> Of(IReadOnlyList<RequestLine> lines)
    {
        if (!lines.All(IsRecorded))
        {
            return lines;
        }

        return [.. lines.Where(line => Document(line) < Unconditional).DistinctBy(line => (line.Place.File, Task(line), Document(line))).Select(line => line.Part("doc"))];
    }

    private static long Document(RequestLine line) => line.Get("doc_id").GetInt64();

    // Files of several subjects may have been put together.
    private static string Task(RequestLine line) => line.Has("task_name") ? line.Text("task_name") : "";

    private static bool IsRecorded(RequestLine line) =>
        line.Has("doc") && line.Get("doc").ValueKind == JsonValueKind.Object && line.Has("request") && line.Has("doc_id")
        && line.Get("doc_id").ValueKind == JsonValueKind.Number && line.Get("doc_id").TryGetInt64(out _);
}
