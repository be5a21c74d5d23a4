using Graft.Cli.Demo.Documents;
using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo;

/// <summary>gsm-micro: word problems to train on and others to be tested with; no question occurs twice.</summary>
/// <param name="Training">JSON lines {"prompt", "completion"}.</param>
/// <param name="Test">JSON lines {"prompt", "answer"}.</param>
internal sealed record ProblemSet(ReadOnlyMemory<byte> Training, ReadOnlyMemory<byte> Test)
{
    public const int NumTraining = 4000;
    public const int NumTest = 400;

    /// <summary>Longest problem with its answer, in tokens, beginning and end tokens included.</summary>
    public const int MaxTokens = 44;

    // Beginning, user and assistant tokens, and the end.
    private const int FrameTokens = 4;

    public static ProblemSet Write(ulong seed, int numTest = NumTest)
    {
        var chance = new Chance(77 + seed);
        var training = new TextBuffer(1 << 20);
        var test = new TextBuffer(1 << 17);
        var question = new Passage();
        var answer = new Passage();
        Span<Equation> thought = stackalloc Equation[2];
        HashSet<string> known = [];
        while (known.Count < numTest + NumTraining)
        {
            question.Clear();
            answer.Clear();
            var steps = WordProblems.Write(chance, question, thought, WordProblems.FineTuningStyle);
            WordProblems.WriteThought(thought[..steps], answer);
            if (question.Length + answer.Length + FrameTokens > MaxTokens || !known.Add(Key(question.Words)))
            {
                continue;
            }

            if (known.Count <= numTest)
            {
                WriteLine(test, "<eos> "u8, question, "answer"u8, answer.Words[^1..]);
            }
            else
            {
                WriteLine(training, default, question, "completion"u8, answer.Words);
            }
        }

        return new ProblemSet(training.Memory, test.Memory);
    }

    private static void WriteLine(TextBuffer text, ReadOnlySpan<byte> beginning, Passage question, ReadOnlySpan<byte> field, ReadOnlySpan<int> answer)
    {
        text.Add("{\"prompt\":\""u8);
        text.Add(beginning);
        text.Add("<|user|> "u8);
        Passage.Write(question.Words, text);
        text.Add(" <|assistant|>\",\""u8);
        text.Add(field);
        text.Add("\":\""u8);
        Passage.Write(answer, text);
        text.Add("\"}\n"u8);
    }

    // Ids of words are below the range of surrogates, so a string of them is a key.
    private static string Key(ReadOnlySpan<int> words) => string.Create(words.Length, words, static (key, words) =>
    {
        for (var i = 0; i < words.Length; i++)
        {
            key[i] = (char)words[i];
        }
    });
}
