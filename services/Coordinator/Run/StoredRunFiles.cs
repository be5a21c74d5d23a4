using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Coordinator.Run;

/// <summary>A run as the files of its artifact: spec.yaml, inputs.json and state.json.</summary>
internal static class StoredRunFiles
{
    public const string Spec = "spec.yaml";
    public const string Inputs = "inputs.json";
    public const string State = "state.json";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <returns>Contents by path, in ordinal order.</returns>
    public static IReadOnlyList<(string Path, byte[] Bytes)> Write(StoredRun run) =>
    [
        (Inputs, JsonSerializer.SerializeToUtf8Bytes(
            run.Inputs.OrderBy(input => input.Key, StringComparer.Ordinal).ToDictionary(input => input.Key, input => input.Value.ToString()), _json)),
        (Spec, Encoding.UTF8.GetBytes(run.Yaml)),
        (State, JsonSerializer.SerializeToUtf8Bytes(new StateFile(run.Id, run.Name, run.State, run.Started, run.Ended, run.Outcomes), _json)),
    ];

    /// <param name="read">The bytes of a file by its path.</param>
    /// <exception cref="FaultException">Corrupt: a file is not what <see cref="Write"/> makes.</exception>
    public static StoredRun Read(Func<string, byte[]> read)
    {
        try
        {
            var inputs = JsonSerializer.Deserialize<Dictionary<string, string>>(read(Inputs), _json);
            var state = JsonSerializer.Deserialize<StateFile>(read(State), _json);
            return new StoredRun
            {
                Id = state!.Id,
                Name = state.Name,
                Yaml = Encoding.UTF8.GetString(read(Spec)),
                Inputs = inputs!.ToDictionary(input => input.Key, input => Digest.Parse(input.Value)),
                State = state.State,
                Started = state.Started,
                Ended = state.Ended,
                Outcomes = state.Steps,
            };
        }
        catch (Exception exception) when (exception is JsonException or FaultException { Kind: FaultKind.Invalid } or NullReferenceException)
        {
            throw FaultException.Corrupt("The files of a stored run are damaged.", exception);
        }
    }

    private sealed record StateFile(
        string Id, string Name, RunState State, DateTimeOffset Started, DateTimeOffset? Ended, IReadOnlyDictionary<string, StepOutcome> Steps);
}
