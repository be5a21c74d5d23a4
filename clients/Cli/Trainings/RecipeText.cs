using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;

namespace Graft.Cli.Trainings;

/// <summary>A recipe with every field, as JSON and as YAML.</summary>
internal static class RecipeText
{
    private static readonly JsonFormatter _formatter = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithPreserveProtoFieldNames(true));

    public static JsonObject Json(TrainRecipe recipe)
    {
        var proto = TrainRecipeCodec.ToProto(recipe);
        // Absent stands for the defaults; here they are to be seen.
        proto.Memory ??= new V1.Memory();
        return JsonNode.Parse(_formatter.Format(proto))!.AsObject();
    }

    public static string Yaml(JsonObject json)
    {
        var text = new StringBuilder();
        WriteMap(text, json, indent: 0, isInList: false);
        return text.ToString();
    }

    private static void WriteMap(StringBuilder text, JsonObject map, int indent, bool isInList)
    {
        var first = isInList;
        foreach (var (name, value) in map)
        {
            // The first field of a list's item follows its dash.
            text.Append(first ? "" : new string(' ', indent)).Append(CultureInfo.InvariantCulture, $"{name}:");
            Write(text, value, indent);
            first = false;
        }
    }

    private static void Write(StringBuilder text, JsonNode? value, int indent)
    {
        switch (value)
        {
            case JsonObject { Count: > 0 } map:
                text.Append('\n');
                WriteMap(text, map, indent + 2, isInList: false);
                break;
            case JsonArray { Count: > 0 } list when list.All(item => item is JsonObject):
                text.Append('\n');
                foreach (var item in list)
                {
                    text.Append(new string(' ', indent)).Append("- ");
                    WriteMap(text, item!.AsObject(), indent + 2, isInList: true);
                }

                break;
            default:
                // What is left of JSON is YAML too; only plain words go without quotes.
                text.Append(CultureInfo.InvariantCulture, $" {Scalar(value)}\n");
                break;
        }
    }

    private static string Scalar(JsonNode? value) => value switch
    {
        JsonArray list => $"[{string.Join(", ", list.Select(Scalar))}]",
        JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String && IsPlain(scalar.GetValue<string>()) => scalar.GetValue<string>(),
        _ => value?.ToJsonString() ?? "null",
    };

    private static bool IsPlain(string word) => word.Length > 0 && char.IsAsciiLetter(word[0]) && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
        && word is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off");
}
