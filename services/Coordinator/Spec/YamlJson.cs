using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Graft.Coordinator.Spec;

/// <summary>A piece of a YAML document as JSON, which is YAML too, in one form whatever its author's layout was. Scalars become texts.</summary>
internal static class YamlJson
{
    private static readonly JsonSerializerOptions _options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(YamlNode node) => Of(node).ToJsonString(_options);

    private static JsonNode Of(YamlNode node) => node switch
    {
        YamlScalar scalar => JsonValue.Create(scalar.Text),
        YamlList list => new JsonArray([.. list.Items.Select(Of)]),
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key.Text, Of(entry.Value)))),
        _ => throw new ArgumentOutOfRangeException(nameof(node), node.GetType().Name, "This node has no JSON."),
    };
}
