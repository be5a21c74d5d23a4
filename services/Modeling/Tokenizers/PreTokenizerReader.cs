using System.Text.RegularExpressions;
using Graft.Faults;
using Graft.Modeling.Configuration;

namespace Graft.Modeling.Tokenizers;

/// <summary>Reads the pre_tokenizer of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    // Expressions whose matches cover any text, so that keeping matches is all there is to do.
    private static readonly Dictionary<string, PieceScanner> _scanners = new()
    {
        [Gpt2Scanner.Expression] = new Gpt2Scanner(),
        [Cl100kScanner.Expression(@"\p{N}{1,3}")] = new Cl100kScanner(3),
        [Cl100kScanner.Expression(@"\p{N}")] = new Cl100kScanner(1),
        [Cl100kScanner.Expression(@"\p{N}+")] = new Cl100kScanner(int.MaxValue),
    };

    /// <returns>How to cut, whether a space is put before the text, and whether pieces are to be taken as bytes.</returns>
    public static (PreTokenizer PreTokenizer, bool PrefixSpace, bool ByteLevel) Read(JsonFields file)
    {
        if (file.Child("pre_tokenizer") is not { } root)
        {
            return (new WholeText(), false, false);
        }

        IReadOnlyList<JsonFields> steps = root.Text("type") == "Sequence" ? root.Children("pretokenizers") : [root];
        var cuts = steps.Select(Step).Where(cut => cut is not WholeText).ToList();
        PreTokenizer whole = cuts.Count switch
        {
            0 => new WholeText(),
            1 => cuts[0],
            _ => new SplitSequence(cuts),
        };
        return (whole, PrefixSpace(steps), steps.Count > 0 && steps[^1].Text("type") == "ByteLevel");
    }

    private static PreTokenizer Step(JsonFields step) => step.Text("type") switch
    {
        "WhitespaceSplit" => new WhitespaceSplit(),
        "ByteLevel" => step.Flag("use_regex", true) ? _scanners[Gpt2Scanner.Expression] : new WholeText(),
        "Split" => Split(step),
        var other => throw step.Wrong("type", $"is '{other}'; Sequence, Split, ByteLevel and WhitespaceSplit are supported"),
    };

    private static PreTokenizer Split(JsonFields step)
    {
        var pattern = step.Child("pattern") ?? throw step.Wrong("pattern", "is missing");
        var expression = pattern.Text("Regex")
            ?? (pattern.Text("String") is { } text ? Regex.Escape(text) : throw step.Wrong("pattern", "has neither Regex nor String"));
        var invert = step.Flag("invert", false);
        var (keepMatches, keepGaps) = step.Text("behavior") switch
        {
            "Removed" => (invert, !invert),
            "Isolated" => (true, true),
            var other => throw step.Wrong("behavior", $"is '{other}'; Removed and Isolated are supported"),
        };
        return keepMatches && _scanners.TryGetValue(expression, out var scanner)
            ? scanner
            : new RegexSplit(Compile(expression, step), keepMatches, keepGaps);
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
