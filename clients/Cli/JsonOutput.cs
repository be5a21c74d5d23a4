using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Graft.Cli;

/// <summary>JSON for standard output.</summary>
internal static class JsonOutput
{
    private static readonly JsonSerializerOptions _options =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Terminal terminal, JsonNode json) => Terminal.WriteLine(terminal.Output, json.ToJsonString(_options));
}
