using System.Text;
using System.Text.Json;
using Graft.Evaluator.Requests;

namespace Graft.Evaluator.Tasks;

/// <summary>What the model said of one choice.</summary>
/// <param name="LogLikelihood">Natural logarithm of the continuation's probability.</param>
/// <param name="Tokens">Tokens of the continuation.</param>
internal readonly record struct ChoiceScore(double LogLikelihood, int Tokens);

/// <summary>A document and what the model said of its choices. Of equally likely choices the first counts.</summary>
internal sealed record DocumentScore(ChoiceDocument Document, ChoiceScore[] Scores)
{
    /// <summary>Whether there is anything to choose from.</summary>
    public bool IsChoice => Scores.Length > 1;

    /// <summary>Index of the likeliest choice.</summary>
    public int Chosen => Best(i => Scores[i].LogLikelihood);

    /// <summary>Index of the likeliest choice per character; a leading space is one.</summary>
    public int ChosenPerChar => Best(i => Scores[i].LogLikelihood / Characters(Document.Choices[i].Continuation));

    public bool IsRight => Chosen == Document.Gold;

    public bool IsRightPerChar => ChosenPerChar == Document.Gold;

    /// <summary>-log2 of the right choice's probability, over the UTF-8 bytes of its text.</summary>
    public double BitsPerByte =>
        -Scores[Document.Gold].LogLikelihood / Math.Log(2) / Encoding.UTF8.GetByteCount(Document.Choices[Document.Gold].Continuation);

    /// <summary>One line of samples.jsonl. The context stands with the document when all choices have the same.</summary>
    public void Write(Utf8JsonWriter json)
    {
        var context = Document.Choices[0].Context;
        var shared = Document.Choices.All(choice => choice.Context == context);
        json.WriteStartObject();
        json.WriteNumber("doc_id", Document.Id);
        if (shared)
        {
            json.WriteString("context", context);
        }

        json.WriteStartArray("choices");
        for (var i = 0; i < Scores.Length; i++)
        {
            WriteChoice(json, Document.Choices[i], Scores[i], shared);
        }

        json.WriteEndArray();
        json.WriteNumber("gold", Document.Gold);
        WriteMetrics(json);
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, LogLikelihoodRequest choice, ChoiceScore score, bool shared)
    {
        json.WriteStartObject();
        if (!shared)
        {
            json.WriteString("context", choice.Context);
        }

        json.WriteString("continuation", choice.Continuation);
        json.WriteNumber("log_likelihood", score.LogLikelihood);
        json.WriteNumber("tokens", score.Tokens);
        json.WriteEndObject();
    }

    private void WriteMetrics(Utf8JsonWriter json)
    {
        if (IsChoice)
        {
            json.WriteNumber("chosen", Chosen);
            json.WriteNumber("chosen_per_char", ChosenPerChar);
            json.WriteBoolean("correct", IsRight);
        }

        json.WriteStartObject("metrics");
        json.WriteNumber("acc_raw", IsRight ? 1 : 0);
        json.WriteNumber("acc_per_char", IsRightPerChar ? 1 : 0);
        json.WriteNumber("bits_per_byte", BitsPerByte);
        json.WriteEndObject();
    }

    private int Best(Func<int, double> score)
    {
        var best = 0;
        for (var i = 1; i < Scores.Length; i++)
        {
            best = score(i) > score(best) ? i : best;
        }

        return best;
    }

    // Unicode code points, as Python's len counts them.
    private static int Characters(string text) => text.EnumerateRunes().Count();
}
