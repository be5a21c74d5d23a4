using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Client;

namespace Graft.Cli.Runs;

/// <summary>A run as lines of JSON: one for each change of a step, and one for its end.</summary>
internal static class RunJsonLines
{
    private static readonly JsonSerializerOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>The run as it ended.</returns>
    public static async Task<V1.Run> FollowAsync(CoordinatorClient coordinator, V1.Run run, Terminal terminal, CancellationToken cancellationToken)
    {
        Dictionary<string, V1.StepState> seen = [];
        await foreach (var state in coordinator.WatchAsync(run.Id, cancellationToken))
        {
            run = state;
            foreach (var step in state.Steps.Where(step => !seen.TryGetValue(step.Id, out var known) || known != step.State))
            {
                seen[step.Id] = step.State;
                Write(terminal, StepOf(step));
            }
        }

        Write(terminal, new JsonObject { ["run"] = run.Id, ["name"] = run.Name, ["state"] = RunWords.Of(run.State), ["steps"] = run.StepCount });
        return run;
    }

    private static JsonObject StepOf(V1.Step step)
    {
        var json = new JsonObject { ["step"] = step.Id, ["kind"] = step.Kind, ["state"] = RunWords.Of(step.State) };
        if (step.Artifact.Length > 0)
        {
            json["artifact"] = step.Artifact;
        }

        if (step.Elapsed is { } elapsed)
        {
            json["seconds"] = elapsed.ToTimeSpan().TotalSeconds;
        }

        if (step.Error is { } error)
        {
            json["error"] = error.Message;
        }

        return json;
    }

    private static void Write(Terminal terminal, JsonObject line) => Terminal.WriteLine(terminal.Output, line.ToJsonString(_options));
}
