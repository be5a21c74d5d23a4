using System.Text.Json;
using Graft.Faults;

namespace Graft.Evaluator.Requests;

/// <summary>One line of a file of requests or rows. Fields that nobody asks for are ignored.</summary>
internal sealed record RequestLine(Place Place, JsonElement Fields)
{
    /// <summary>What a fault about requests points at.</summary>
    public const string Field = "recipe.requests";

    /// <exception cref="FaultException">Invalid: the line is a request of another kind, or of none.</exception>
    public LogLikelihoodRequest ToLogLikelihood()
    {
        if (!Has("context") && Has("prompt"))
        {
            throw Misfit("a generation request (\"prompt\", \"answer\")", "log-likelihood");
        }

        var request = new LogLikelihoodRequest(
            Place, Number("doc_id", long.MaxValue), Index("choice"), Text("context"), Text("continuation"), Index("gold"));
        return request.Continuation.Length > 0
            ? request
            : throw FaultException.Invalid($"{Place} has an empty continuation; there is nothing to score.", Field);
    }

    /// <exception cref="FaultException">Invalid: the line is a request of another kind, or of none.</exception>
    public GenerationRequest ToGeneration() => Has("prompt") || !Has("continuation")
        ? new GenerationRequest(Place, Text("prompt"), Answer())
        : throw Misfit("a log-likelihood request (\"context\", \"continuation\")", "generation");

    public bool Has(string name) => Fields.TryGetProperty(name, out _);

    private FaultException Misfit(string found, string asked) => FaultException.Invalid(
        $"{Place} is {found}, but the recipe's task is {asked}; give the task that fits the file.", "recipe.task");

    /// <exception cref="FaultException">Invalid: there is no such field, or it is no text.</exception>
    public string Text(string name)
    {
        var value = Get(name);
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(name, "text");
        }
        catch (InvalidOperationException exception)
        {
            throw FaultException.Invalid($"{Place}: \"{name}\" is no valid text (half of a surrogate pair, or broken UTF-8).", Field, exception);
        }
    }

    // Answers that are numbers are often written as such.
    private string Answer() => Get("answer") is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text("answer");

    private int Index(string name) => (int)Number(name, int.MaxValue);

    private long Number(string name, long largest)
    {
        var value = Get(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 && number <= largest
            ? number
            : throw Wrong(name, "a whole number from 0");
    }

    /// <exception cref="FaultException">Invalid: there is no such field.</exception>
    public JsonElement Get(string name) =>
        Fields.TryGetProperty(name, out var value) ? value : throw FaultException.Invalid($"{Place} has no \"{name}\".", Field);

    /// <summary>A field that is a list of texts.</summary>
    /// <exception cref="FaultException">Invalid: there is no such field, or it is something else.</exception>
    public IReadOnlyList<string> Texts(string name) =>
        Get(name) is { ValueKind: JsonValueKind.Array } list && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(name, "a list of texts");

    /// <summary>A field that is an object, as a line of its own.</summary>
    /// <exception cref="FaultException">Invalid: there is no such field, or it is something else.</exception>
    public RequestLine Part(string name) =>
        Get(name) is { ValueKind: JsonValueKind.Object } part ? new RequestLine(Place, part) : throw Wrong(name, "an object");

    public FaultException Wrong(string name, string expected) =>
        FaultException.Invalid($"{Place}: \"{name}\" is {Shortened(Fields.GetProperty(name).GetRawText())}; {expected} is expected.", Field);

    private static string Shortened(string text) => text.Length <= 60 ? text : $"{text[..57]}...";
}
