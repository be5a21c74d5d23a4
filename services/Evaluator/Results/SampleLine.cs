using System.Text.Json;
using Graft.Evaluator.Tasks;

namespace Graft.Evaluator.Results;

/// <summary>One line of samples.jsonl: a question, what the model said to it, and how that was judged.</summary>
/// <param name="Question">The question.</param>
/// <param name="Response">What the model said.</param>
/// <param name="Grade">How it was judged.</param>
/// <param name="IsCut">Whether the context did not fit and lost its beginning.</param>
internal sealed record SampleLine(Question Question, Response Response, Grade Grade, bool IsCut)
{
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("doc_id", Question.Id);
        if (Question.Group.Length > 0)
        {
            json.WriteString("group", Question.Group);
        }

        if (Question.Prompt is not null)
        {
            json.WriteString("prompt", Question.Prompt);
            json.WriteString("output", Response.Written!.Text);
        }

        WriteChoices(json);
        foreach (var (name, value) in Grade.Facts)
        {
            Write(json, name, value);
        }

        if (Grade.IsRight is { } isRight)
        {
            json.WriteBoolean("correct", isRight);
        }

        json.WriteStartObject("metrics");
        foreach (var (name, value) in Grade.Metrics)
        {
            json.WriteNumber(name, value);
        }

        json.WriteEndObject();
        if (IsCut)
        {
            json.WriteBoolean("truncated", true);
        }

        if (Response.Written is { } written)
        {
            JsonBytes.WriteNumbers(json, "token_ids", written.Ids);
            JsonBytes.WriteNumbers(json, "log_probs", written.LogProbabilities);
        }

        json.WriteEndObject();
    }

    /// <summary>A context stands once with the document when all choices have the same, and not at all when it is the prompt.</summary>
    private void WriteChoices(Utf8JsonWriter json)
    {
        var continuations = Question.Continuations;
        if (continuations.Count == 0)
        {
            return;
        }

        var shared = continuations.All(continuation => continuation.Context == continuations[0].Context);
        if (shared && continuations[0].Context != Question.Prompt)
        {
            json.WriteString("context", continuations[0].Context);
        }

        json.WriteStartArray("choices");
        foreach (var (continuation, score) in continuations.Zip(Response.Scores))
        {
            json.WriteStartObject();
            if (!shared)
            {
                json.WriteString("context", continuation.Context);
            }

            json.WriteString("continuation", continuation.Text);
            json.WriteNumber("log_likelihood", score.LogLikelihood);
            json.WriteNumber("tokens", score.Tokens);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNull(name);
                break;
            case string text:
                json.WriteString(name, text);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(value), value.GetType().Name, "No fact of a sample.");
        }
    }
}
