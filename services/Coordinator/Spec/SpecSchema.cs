using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>The JSON Schema (2020-12) of a spec, for editors: made of the keys the parser reads by.</summary>
public static class SpecSchema
{
    private static readonly JsonSerializerOptions _options =
        new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Its text.</summary>
    public static string Text { get; } = Build().ToJsonString(_options) + "\n";

    private static JsonObject Build()
    {
        var definitions = new Definitions();
        var root = definitions.Object(StudyKeys.Section);
        return new JsonObject([
            KeyValuePair.Create<string, JsonNode?>("$schema", "https://json-schema.org/draft/2020-12/schema"),
            KeyValuePair.Create<string, JsonNode?>("title", "A run of Graft"),
            .. root.ToList().Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())),
            KeyValuePair.Create<string, JsonNode?>("$defs", definitions.ToJson()),
        ]);
    }

    /// <summary>Schemas of sections, each written once and referred to.</summary>
    private sealed class Definitions
    {
        private readonly OrderedDictionary<string, (SpecSection Section, JsonObject Schema)> _known = [];

        public JsonObject ToJson() => new(_known.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value.Schema)));

        public JsonObject Object(SpecSection section)
        {
            var required = section.Keys.Where(key => key.IsRequired).Select(key => (JsonNode?)key.Name).ToArray();
            var schema = new JsonObject
            {
                ["description"] = section.About,
                // A key without a value counts as an empty mapping.
                ["type"] = required.Length > 0 ? "object" : new JsonArray("object", "null"),
                ["properties"] = new JsonObject(section.Keys.Select(key => KeyValuePair.Create<string, JsonNode?>(key.Name, OfKey(key)))),
                ["additionalProperties"] = false,
            };
            if (required.Length > 0)
            {
                schema["required"] = new JsonArray(required);
            }

            return schema;
        }

        private JsonObject OfKey(SpecKey key)
        {
            var schema = Of(key.Shape);
            var literal = key.Default is { } text ? Literal(key.Shape, text) : null;
            schema["description"] = key.Default is not null && literal is null ? $"{key.About} Default: {key.Default}." : key.About;
            if (literal is not null)
            {
                schema["default"] = literal;
            }

            return schema;
        }

        private JsonObject Of(SpecValue value) => value switch
        {
            // YAML reads 2 as a number; as a name or a reference it is a text all the same.
            TextValue or ReferenceValue => new JsonObject { ["type"] = new JsonArray("string", "number", "boolean"), ["minLength"] = 1 },
            IntegerValue integer => Integer(integer),
            SeedValue => new JsonObject { ["type"] = "integer", ["minimum"] = 0, ["maximum"] = ulong.MaxValue },
            NumberValue number => Number(number.Range),
            FlagValue => new JsonObject { ["type"] = "boolean" },
            ChoiceValue choice => new JsonObject { ["enum"] = new JsonArray([.. choice.Words.Select(word => (JsonNode?)word)]) },
            SectionValue section => new JsonObject { ["$ref"] = $"#/$defs/{Define(section.Section)}" },
            NamedValue named => new JsonObject
            {
                ["type"] = new JsonArray("object", "null"),
                ["propertyNames"] = new JsonObject { ["pattern"] = SpecNames.PartPattern },
                ["additionalProperties"] = Of(named.Item),
            },
            WeightsValue weights => new JsonObject { ["type"] = "object", ["minProperties"] = 1, ["additionalProperties"] = Number(weights.Range) },
            OpenValue => new JsonObject { ["type"] = "object" },
            ListValue list => new JsonObject { ["type"] = "array", ["items"] = Of(list.Item) },
            EitherValue either => new JsonObject { ["anyOf"] = new JsonArray([.. either.Forms.Select(form => (JsonNode?)Of(form))]) },
            _ => throw new InvalidOperationException($"{value.GetType().Name} has no schema."),
        };

        private string Define(SpecSection section)
        {
            if (!_known.TryGetValue(section.Name, out var known))
            {
                // The name is taken before what is below it, which may refer to it.
                _known.Add(section.Name, (section, []));
                _known[section.Name] = (section, Object(section));
            }
            else if (!ReferenceEquals(known.Section, section))
            {
                throw new InvalidOperationException($"Two sections are called {section.Name}.");
            }

            return section.Name;
        }

        private static JsonObject Integer(IntegerValue value)
        {
            var schema = new JsonObject { ["type"] = "integer", ["minimum"] = value.Min };
            schema["maximum"] = value.Max;
            return schema;
        }

        private static JsonObject Number(NumberRange range)
        {
            var schema = new JsonObject { ["type"] = "number" };
            (string Name, double? Limit)[] limits =
                [("minimum", range.Min), ("exclusiveMinimum", range.Above), ("maximum", range.Max), ("exclusiveMaximum", range.Below)];
            foreach (var (name, limit) in limits)
            {
                if (limit is { } number)
                {
                    schema[name] = number;
                }
            }

            if (range.Not is { } not)
            {
                schema["not"] = new JsonObject { ["const"] = not };
            }

            return schema;
        }

        // Only what is a value of that look; "the spec's seed" is none.
        private static JsonNode? Literal(SpecValue shape, string text)
        {
            if (shape is ChoiceValue choice)
            {
                return choice.Words.Contains(text) ? JsonValue.Create(text) : null;
            }

            if (shape is not (IntegerValue or SeedValue or NumberValue or FlagValue or ListValue))
            {
                return null;
            }

            try
            {
                return JsonNode.Parse(text);
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
