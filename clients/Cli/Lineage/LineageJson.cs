using System.Text.Json.Nodes;
using Google.Protobuf;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;

namespace Graft.Cli.Lineage;

/// <summary>A lineage for machines: the nodes as they are, recipes in protobuf's JSON.</summary>
internal static class LineageJson
{
    private static readonly JsonFormatter _formatter = new(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true));

    public static JsonArray Of(IReadOnlyList<LineageEntry> nodes) => new([.. nodes.Select(node => new JsonObject
    {
        ["digest"] = node.Artifact.ToString(),
        ["kind"] = node.Kind?.ToString(),
        ["names"] = new JsonArray([.. node.Names.Select(name => (JsonNode)name)]),
        ["recipes"] = new JsonArray([.. node.Recipes.Select(ToJson)]),
        ["inputs"] = new JsonArray([.. node.Inputs.Select(input => (JsonNode)input.ToString())]),
    })]);

    private static JsonObject ToJson(Recipe recipe) => new()
    {
        ["digest"] = RecipeCodec.DigestOf(recipe).ToString(),
        ["recipe"] = JsonNode.Parse(_formatter.Format(RecipeCodec.ToProto(recipe))),
    };
}
