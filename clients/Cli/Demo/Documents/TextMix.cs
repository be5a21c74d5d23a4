using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>The kinds of documents a stage of pretraining reads, and how often.</summary>
internal sealed class TextMix
{
    private readonly DocumentKind[] _kinds;
    private readonly double[] _sums;

    private TextMix(params ReadOnlySpan<(double Weight, DocumentKind Kind)> parts)
    {
        _kinds = new DocumentKind[parts.Length];
        var weights = new double[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            (weights[i], _kinds[i]) = parts[i];
        }

        _sums = Chance.Sums(weights);
    }

    /// <summary>Broad text with a little of everything.</summary>
    public static TextMix Stage1 { get; } = new(
        (0.20, Facts.Statements),
        (0.05, Facts.QuestionAndAnswer),
        (0.41, Stories.Story),
        (0.05, Numbers.Count),
        (0.06, Stories.List),
        (0.05, Numbers.Compare),
        (0.07, Numbers.Equations),
        (0.06, Numbers.Prose),
        (0.05, WordProblems.Chat));

    /// <summary>Mostly word problems, as in a mid-training stage on mathematics.</summary>
    public static TextMix Stage2 { get; } = new(
        (0.13, Facts.Statements),
        (0.04, Facts.QuestionAndAnswer),
        (0.12, Stories.Story),
        (0.02, Numbers.Count),
        (0.02, Stories.List),
        (0.02, Numbers.Compare),
        (0.10, Numbers.Drill),
        (0.08, Numbers.Prose),
        (0.47, WordProblems.Chat));

    /// <summary>JSON lines {"text"}, one document each, until there are enough tokens.</summary>
    /// <param name="world">What is true.</param>
    /// <param name="seed">Of the text.</param>
    /// <param name="tokens">At least so many, with one beginning token for each document.</param>
    public ReadOnlyMemory<byte> Write(World world, ulong seed, int tokens)
    {
        var chance = new Chance(seed);
        var passage = new Passage();
        var text = new TextBuffer(6 * tokens);
        for (var written = 0; written < tokens; written += passage.Length + 1)
        {
            passage.Clear();
            _kinds[chance.Weighted(_sums)](world, chance, passage);
            text.Add("{\"text\":\""u8);
            Passage.Write(passage.Words, text);
            text.Add("\"}\n"u8);
        }

        return text.Memory;
    }
}
