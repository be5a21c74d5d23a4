using System.Text.RegularExpressions;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>The examples of a described task.</summary>
/// <param name="Data">Their file; null when it is given elsewhere.</param>
/// <param name="List">Name of the list, where the file has several.</param>
/// <param name="Count">How many are shown.</param>
internal sealed record ExampleRules(string? Data, string List, int Count)
{
    public static ExampleRules Read(DescriptionFields fields)
    {
        var rules = new ExampleRules(fields.Text("data", isRequired: false), fields.Text("list", isRequired: false) ?? "few_shot", fields.Integer("count", 1, 5));
        fields.Close();
        return rules;
    }
}

/// <summary>A described task whose answers are written.</summary>
/// <param name="Answers">The field that has the gold answer, or a list of them.</param>
/// <param name="MaxNewTokens">Longest answer.</param>
/// <param name="Stop">Where it ends.</param>
/// <param name="Extract">"whole", "first_line" or "last_number".</param>
/// <param name="Pattern">Its first group, or else its whole match, is the answer; the last match counts. Null for none.</param>
/// <param name="Metric">"exact_match", "f1" or "math".</param>
internal sealed record GenerateRules(
    FieldPath Answers, int MaxNewTokens, IReadOnlyList<string> Stop, string Extract, Regex? Pattern, string Metric)
{
    // A pattern from a file must not be able to hold the evaluator up.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    public static GenerateRules Read(DescriptionFields fields)
    {
        var rules = new GenerateRules(
            fields.Path("answer") ?? new FieldPath([], 0),
            fields.Integer("max_new_tokens", 1, 256),
            fields.Texts("stop"),
            fields.Choice("extract", "whole", "first_line", "last_number"),
            PatternOf(fields),
            fields.Choice("metric", "exact_match", "f1", "math"));
        fields.Close();
        return rules;
    }

    private static Regex? PatternOf(DescriptionFields fields)
    {
        if (fields.Text("pattern", isRequired: false) is not { } pattern)
        {
            return null;
        }

        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, _patience);
        }
        catch (ArgumentException exception)
        {
            fields.Mistake(fields.Line, $"pattern is no regular expression: {exception.Message.TrimEnd('.')}");
            return null;
        }
    }
}

/// <summary>A described task whose answers are chosen.</summary>
/// <param name="Choices">The field that has the list of choices.</param>
/// <param name="Labels">The field that has their labels; null for none.</param>
/// <param name="Gold">The field that says which is right: its label, its text, or its number from 0.</param>
/// <param name="Metric">"acc_raw", "acc_per_token", "acc_per_char" or "acc_per_byte".</param>
internal sealed record ChooseRules(FieldPath Choices, FieldPath? Labels, FieldPath Gold, string Metric)
{
    public static ChooseRules Read(DescriptionFields fields)
    {
        var rules = new ChooseRules(
            fields.Path("choices") ?? new FieldPath([], 0),
            fields.Path("labels", isRequired: false),
            fields.Path("gold") ?? new FieldPath([], 0),
            fields.Choice("metric", "acc_raw", "acc_per_token", "acc_per_char", "acc_per_byte"));
        fields.Close();
        return rules;
    }
}
