using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Graft.Artifacts.Recipes;
using Graft.Evaluator.Prompts;
using Graft.Evaluator.Tasks;
using Graft.Modeling.Tokenizers;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>Requests that OLMES has recorded, and tasks made of the same data.</summary>
internal static class Recorded
{
    public const string Gsm8k = "gsm8k/olmes/gsm8k__gold_bpb_5shot";
    public const string Drop = "drop/olmes/drop__bpb_5shot";
    public const string NaturalQuestions = "naturalqs/olmes/naturalqs_open__bpb_5shot";
    public const string ArcCloze = "arc_challenge/olmes/arc_challenge__test_rc_5shot";
    public const string ArcChoice = "arc_challenge/olmes/arc_challenge__test_mc_5shot";

    private static readonly string[] _subjects =
        ["algebra", "counting_and_probability", "geometry", "intermediate_algebra", "number_theory", "prealgebra", "precalculus", "500"];

    public static IEnumerable<string> Math => _subjects.Select(subject => $"math/olmes/minerva_math_{subject}__gold_bpb_0shot");

    /// <summary>The file's lines, unpacked.</summary>
    public static byte[] Bytes(string folder)
    {
        using var file = File.OpenRead(SharedData.Require($"data/{folder}/requests.jsonl.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    }

    public static List<JsonElement> Requests(string folder) =>
        [.. Encoding.UTF8.GetString(Bytes(folder)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    public static FewShotFiles FewShot() => new([("fewshot.json", File.ReadAllBytes(SharedData.Require("data/fewshot/olmes_fewshot_sources.json")))]);

    public static Tokenizer Tokenizer() => Graft.Modeling.Tokenizers.Tokenizer.Parse(
        File.ReadAllBytes(SharedData.Require("trajectory/M3/tokenizer.json")), File.ReadAllBytes(SharedData.Require("trajectory/M3/tokenizer_config.json")));

    /// <summary>A named task of some data.</summary>
    public static EvaluationTask Task(string name, byte[] data) =>
        TaskSource.Make(new NamedTaskRules(name), [("data.jsonl", data)], FewShot(), Tokenizer());

    public static string Context(JsonElement request) => request.GetProperty("request").GetProperty("context").GetString()!;

    public static string Continuation(JsonElement request) => request.GetProperty("request").GetProperty("continuation").GetString()!;

    /// <summary>How a question judges a text.</summary>
    public static Grade Judge(Question question, string text) =>
        question.Grade(new Response(new WrittenText(text, [], []), [.. question.Continuations.Select(_ => new ChoiceScore(-1, 1))]));

    public static object? Fact(Grade grade, string name) => grade.Facts.First(fact => fact.Name == name).Value;
}
