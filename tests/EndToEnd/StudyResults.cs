using System.Text.Json.Nodes;
using Xunit;

namespace Graft.Tests.EndToEnd;

internal static class StudyResults
{
    /// <summary>The results.json of a study without what differs from one machine and moment to the next: times and costs.</summary>
    public static async Task<JsonObject> ReadAsync(string folder)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "results.json"), TestContext.Current.CancellationToken);
        var results = JsonNode.Parse(text)!.AsObject();
        results.Remove("wall_seconds");
        results.Remove("costs");
        return results;
    }
}
