using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Graft.Cli.Examples;
using Graft.Coordinator.Spec;
using Json.Schema;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

/// <summary>The schema for editors says what the parser reads.</summary>
public partial class SpecSchemaTests
{
    private const string Hole = "HOLE";

    private static readonly JsonObject _schema = JsonNode.Parse(SpecSchema.Text)!.AsObject();

    /// <summary>Where each section stands in a spec.</summary>
    private static readonly Dictionary<string, string> _places = new()
    {
        [""] = "HOLE",
        ["pretrain"] = "pretrain: {HOLE}",
        ["init"] = "pretrain: {init: {HOLE}}",
        ["phase"] = "pretrain: {phases: [{HOLE}]}",
        ["schedule"] = "finetune: {recipe: {schedule: {HOLE}}}",
        ["optimizer"] = "finetune: {recipe: {optimizer: {HOLE}}}",
        ["dtype"] = "finetune: {recipe: {dtype: {HOLE}}}",
        ["memory"] = "finetune: {recipe: {memory: {HOLE}}}",
        ["lora"] = "finetune: {recipe: {lora: {HOLE}}}",
        ["finetune"] = "finetune: {HOLE}",
        ["recipe"] = "finetune: {recipe: {HOLE}}",
        ["vector"] = "vectors: {V: {HOLE}}",
        ["task"] = "tasks: {t: {HOLE}}",
        ["setting"] = "tasks: {t: {pt: {HOLE}}}",
        ["generate"] = "tasks: {t: {generate: {HOLE}}}",
        ["sampling"] = "tasks: {t: {sampling: {HOLE}}}",
        ["experiments"] = "experiments: {HOLE}",
        ["merge"] = "experiments: {merge: {HOLE}}",
        ["matrix"] = "experiments: {matrix: {HOLE}}",
        ["sweep"] = "experiments: {matrix: {scales: {HOLE}}}",
        ["continual"] = "experiments: {continual: {HOLE}}",
        ["recurrent"] = "experiments: {recurrent: {HOLE}}",
        ["one_step"] = "experiments: {one_step: {HOLE}}",
        ["control"] = "experiments: {control: {HOLE}}",
        ["interpolation"] = "experiments: {interpolation: {HOLE}}",
        ["soup"] = "experiments: {soup: {s: {HOLE}}}",
        ["ingredient"] = "experiments: {soup: {s: {vectors: [{HOLE}]}}}",
        ["compare"] = "experiments: {compare: {HOLE}}",
    };

    public static TheoryData<string> Sections => [.. _places.Keys];

    public static TheoryData<string, string> Keys
    {
        get
        {
            var keys = new TheoryData<string, string>();
            foreach (var section in _places.Keys)
            {
                foreach (var key in KeysOf(section))
                {
                    keys.Add(section, key);
                }
            }

            return keys;
        }
    }

    [Fact]
    public void Every_section_of_the_schema_has_a_place() => Assert.Equal(
        _places.Keys.Where(name => name.Length > 0).Order(StringComparer.Ordinal),
        _schema["$defs"]!.AsObject().Select(definition => definition.Key).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Sections))]
    public void The_parser_knows_the_keys_of_the_schema_and_no_others(string section)
    {
        var (_, mistakes) = RunSpec.Read(_places[section].Replace(Hole, "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq: 1", StringComparison.Ordinal));

        var told = mistakes.Select(mistake => KnownKeys().Match(mistake.Message)).First(match => match.Success).Groups[1].Value.Split(", ");
        Assert.Equal(KeysOf(section), told);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_parser_reads_every_key_of_the_schema(string section, string key)
    {
        var (_, mistakes) = RunSpec.Read(_places[section].Replace(Hole, $"\n    {key}: [[]]\n  ", StringComparison.Ordinal));

        Assert.Contains(mistakes, mistake => mistake.Line == 2 && !mistake.Message.Contains("unknown key", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("tiny")]
    [InlineData("olmo2-7b")]
    public void The_examples_of_the_command_line_fit_the_schema(string name) => AssertFits(System.Text.Encoding.UTF8.GetString(SpecExample.Bytes(name).Span));

    [Fact]
    public void The_specs_of_the_tests_fit_the_schema() => Assert.All(
        [DemoSpec.Yaml, DemoSpec.Given(3), StudySpec.Yaml, new Graft.Cli.Demo.DemoSpec(Graft.Cli.Demo.DemoPreset.Full, 0).ToYaml()], AssertFits);

    [Fact]
    public void The_examples_of_the_documentation_fit_the_schema()
    {
        var examples = SpecDocumentation.Examples();

        Assert.NotEmpty(examples);
        Assert.All(examples, AssertFits);
    }

    [Theory]
    [InlineData("seed: 7", "seed: -7")]
    [InlineData("layout: padded", "layout: pad")]
    [InlineData("add_eos: true", "add_eos: maybe")]
    [InlineData("every: 40", "evry: 40")]
    [InlineData("scales: [1.0]", "scales: [0]")]
    [InlineData("scales: [1.0]", "scales: {from: 1, to: 2}")]
    [InlineData("checkpoints: {M1: 1250", "checkpoints: {vec-1: 1250")]
    [InlineData("name: demo\n", "")]
    public void What_the_parser_refuses_by_its_look_the_schema_refuses_too(string right, string wrong)
    {
        var yaml = DemoSpec.Yaml.Replace(right, wrong, StringComparison.Ordinal);

        Assert.NotEqual(DemoSpec.Yaml, yaml);
        Assert.NotEmpty(RunSpec.Read(yaml).Mistakes);
        Assert.False(Fits(yaml));
    }

    [Theory]
    [InlineData("M1")]
    [InlineData("M1-FT")]
    [InlineData("vec-M1")]
    [InlineData("rec")]
    [InlineData("record")]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a b")]
    [InlineData("stage1.step3_x-CTs")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Names_are_checked_alike(string name) => Assert.Equal(SpecNames.IsPart(name), Regex.IsMatch(name, SpecNames.PartPattern));

    private static void AssertFits(string yaml)
    {
        RunSpec.Parse(yaml);
        var result = JsonSchema.FromText(SpecSchema.Text).Evaluate(ToJson(yaml), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(result.IsValid, string.Join('\n', result.Details.Where(detail => detail.HasErrors).Select(detail => $"{detail.InstanceLocation}: {string.Join("; ", detail.Errors!.Values)}")));
    }

    private static bool Fits(string yaml) => JsonSchema.FromText(SpecSchema.Text).Evaluate(ToJson(yaml)).IsValid;

    private static IEnumerable<string> KeysOf(string section) =>
        (section.Length == 0 ? _schema : _schema["$defs"]![section]!)["properties"]!.AsObject().Select(property => property.Key);

    private static JsonNode? ToJson(string yaml) => ToJson(YamlTree.Parse(yaml, new SpecMistakes())!);

    // YAML 1.2's core schema, as editors read it.
    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMap map => new JsonObject(map.Entries.Select(entry => KeyValuePair.Create(entry.Key.Text, ToJson(entry.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(ToJson)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar { Plain: true, Text: "true" or "false" } scalar => JsonValue.Create(scalar.Text == "true"),
        YamlScalar { Plain: true } scalar when decimal.TryParse(scalar.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        YamlScalar scalar => JsonValue.Create(scalar.Text),
        _ => throw new InvalidOperationException(),
    };

    [GeneratedRegex("the keys here are (.*)$")]
    private static partial Regex KnownKeys();
}
