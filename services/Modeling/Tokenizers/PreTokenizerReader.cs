using System.Text.RegularExpressions;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Modeling.Tokenizers;

/// <summary>Reads the pre_tokenizer of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    // GPT-2's expression, which a ByteLevel pre-tokenizer applies unless told otherwise.
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <returns>How to cut, whether a space is put before the text, and whether pieces are to be taken as bytes.</returns>
    public static (PreTokenizer PreTokenizer, bool PrefixSpace, bool ByteLevel) Read(JsonFields file)
    {
        if (file.Child("pre_tokenizer") is not { } root)
        {
            return (new WholeText(), false, false);
        }

        IReadOnlyList<JsonFields> steps = root.Text("type") == "Sequence" ? root.Children("pretokenizers") : [root];
        var cuts = steps.Select(Step).ToList();
        if (cuts.Count == 0)
        {
            return (new WholeText(), false, false);
        }

        return (cuts.Count == 1 ? cuts[0] : new SplitSequence(cuts), PrefixSpace(steps), steps[^1].Text("type") == "ByteLevel");
    }

    private static PreTokenizer Step(JsonFields step) => step.Text("type") switch
    {
        "WhitespaceSplit" => new WhitespaceSplit(),
        "ByteLevel" => step.Flag("use_regex", true) ? new RegexSplit(Compile(Gpt2, step), true, true) : new WholeText(),
        "Split" => Split(step),
        var other => throw step.Wrong("type", $"is '{other}'; Sequence, Split, ByteLevel and WhitespaceSplit are supported"),
    };

    private static RegexSplit Split(JsonFields step)
    {
        var pattern = step.Child("pattern") ?? throw step.Wrong("pattern", "is missing");
        var expression = pattern.Text("Regex")
            ?? (pattern.Text("String") is { } text ? Regex.Escape(text) : throw step.Wrong("pattern", "has neither Regex nor String"));
        var regex = Compile(expression, step);
        var invert = step.Flag("invert", false);
        return step.Text("behavior") switch
        {
            "Removed" => new RegexSplit(regex, keepMatches: invert, keepGaps: !invert),
            "Isolated" => new RegexSplit(regex, keepMatches: true, keepGaps: true),
            var other => throw step.Wrong("behavior", $"is '{other}'; Removed and Isolated are supported"),
        };
    }

    private static Regex Compile(string expression, JsonFields step)
    {
        // These mean something else to .NET than to the reference's Oniguruma, and would be cut wrongly in silence.
        if (Array.Find(["&&", "[:", "-["], part => expression.Contains(part, StringComparison.Ordinal)) is { } foreign)
        {
            throw step.Wrong("pattern", $"has '{foreign}' in {expression}, which is not supported");
        }

        try
        {
            return new Regex(expression, RegexOptions.Compiled | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException e)
        {
            throw FaultException.Invalid(
                $"tokenizer.json: the expression {expression} of the pre-tokenizer is not supported: {e.Message}", "pre_tokenizer", e);
        }
    }

    // A space is put before the text as a whole; the reference puts it before each piece where a cut came first, which is refused.
    private static bool PrefixSpace(IReadOnlyList<JsonFields> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].Text("type") == "ByteLevel" && steps[i].Flag("add_prefix_space", true))
            {
                return i == 0
                    ? true
                    : throw steps[i].Wrong("add_prefix_space", "is true after another step; only the first may add a space");
            }
        }

        return false;
    }
}
