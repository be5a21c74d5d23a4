using System.Text.Json;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Cli.Report.Geometry;

/// <summary>Two artifacts of a comparison over some weights; a null is what cannot be told, such as an angle to nothing.</summary>
/// <param name="First">Number of the first.</param>
/// <param name="Second">Number of the second.</param>
/// <param name="Cosine">Of the angle between them.</param>
/// <param name="Distance">Norm of their difference.</param>
/// <param name="SignAgreement">Part of the weights with one sign, among those that are zero in neither.</param>
/// <param name="Equal">Part of the weights that are equal.</param>
internal sealed record PairGeometry(int First, int Second, double? Cosine, double? Distance, double? SignAgreement, double? Equal);

/// <summary>What is known of a tensor, a layer, or everything.</summary>
/// <param name="Name">Which; empty for everything.</param>
/// <param name="Elements">Weights.</param>
/// <param name="Norms">Norm of each artifact.</param>
/// <param name="Zeros">Part of its numbers that are zero; for a vector, what the fine-tuning left unchanged.</param>
/// <param name="Pairs">Every two of them.</param>
internal sealed record PartGeometry(
    string Name, long Elements, IReadOnlyList<double?> Norms, IReadOnlyList<double?> Zeros, IReadOnlyList<PairGeometry> Pairs);

/// <summary>A comparison.json.</summary>
/// <param name="Names">What the user called the artifacts.</param>
/// <param name="IsOfVectors">Diff vectors; otherwise checkpoints.</param>
/// <param name="Total">Everything.</param>
/// <param name="Layers">By layer.</param>
internal sealed record WeightComparison(IReadOnlyList<string> Names, bool IsOfVectors, PartGeometry Total, IReadOnlyList<PartGeometry> Layers)
{
    public const string File = "comparison.json";

    private const int Schema = 1;

    /// <summary>"A - B" of a pair.</summary>
    public string Title(PairGeometry pair) => $"{Names[pair.First]} and {Names[pair.Second]}";

    /// <param name="json">The file.</param>
    /// <param name="names">Names of the artifacts, in its order.</param>
    /// <exception cref="FaultException">Corrupt: not such a file.</exception>
    public static WeightComparison Parse(byte[] json, IReadOnlyList<string> names) => Parse(json, _ => names);

    /// <param name="json">The file.</param>
    /// <param name="name">Name of an artifact.</param>
    /// <exception cref="FaultException">Corrupt: not such a file.</exception>
    public static WeightComparison Parse(byte[] json, Func<Digest, string> name) =>
        Parse(json, root => [.. root.GetProperty("artifacts").EnumerateArray().Select(artifact => name(Digest.Parse(artifact.GetString()!)))]);

    private static WeightComparison Parse(byte[] json, Func<JsonElement, IReadOnlyList<string>> names)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            return root.GetProperty("schema").GetInt32() == Schema
                ? new WeightComparison(
                    names(root),
                    root.GetProperty("kind").GetString() == "diff_vector",
                    Part(root.GetProperty("total"), ""),
                    [.. root.GetProperty("layers").EnumerateArray().Select(layer => Part(layer, layer.GetProperty("name").GetString()!))])
                : throw FaultException.Corrupt($"The {File} has the schema {root.GetProperty("schema")}; this version of graft reads {Schema}.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw FaultException.Corrupt($"The {File} is malformed: {exception.Message}", exception);
        }
    }

    private static PartGeometry Part(JsonElement part, string name) => new(
        name,
        part.GetProperty("elements").GetInt64(),
        [.. part.GetProperty("norms").EnumerateArray().Select(Value)],
        [.. part.GetProperty("zeros").EnumerateArray().Select(Value)],
        [.. part.GetProperty("pairs").EnumerateArray().Select(pair => new PairGeometry(
            pair.GetProperty("first").GetInt32(),
            pair.GetProperty("second").GetInt32(),
            Value(pair.GetProperty("cosine")),
            Value(pair.GetProperty("distance")),
            Value(pair.GetProperty("sign_agreement")),
            Value(pair.GetProperty("equal"))))]);

    private static double? Value(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
}
