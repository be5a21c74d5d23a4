using System.Text.Json.Nodes;
using Graft.Trainer.Data;

namespace Graft.Cli.Data;

/// <summary>An inspection for programs.</summary>
internal static class InspectionJson
{
    public static JsonObject Of(Inspection inspection, EncodingRules rules, string? template)
    {
        var report = inspection.Report;
        var lengths = new LengthHistogram(inspection.Lengths);
        return new JsonObject
        {
            ["template"] = template,
            ["mask"] = rules.Mask == Artifacts.Recipes.LossMask.All ? "all" : "completion",
            ["rows"] = report.Rows,
            ["kept"] = report.Kept,
            ["truncated"] = report[RowFate.Truncated],
            ["dropped"] = new JsonObject
            {
                ["too_short"] = report[RowFate.TooShort],
                ["no_target"] = report[RowFate.NoTarget],
                ["target_cut_off"] = report[RowFate.TargetCutOff],
            },
            ["tokens"] = report.Tokens,
            ["target_tokens"] = report.Targets,
            ["cut_tokens"] = report.CutTokens,
            ["lengths"] = new JsonObject
            {
                ["shortest"] = lengths.Shortest,
                ["median"] = lengths.Quantile(0.5),
                ["quantile_95"] = lengths.Quantile(0.95),
                ["longest"] = lengths.Longest,
                ["histogram"] = new JsonArray([.. lengths.Classes().Select(size => new JsonObject { ["up_to"] = size.UpTo, ["rows"] = size.Rows })]),
            },
            ["samples"] = new JsonArray([.. inspection.Samples.Select(Of)]),
        };
    }

    private static JsonObject Of(Sample sample) => new()
    {
        ["place"] = sample.Place,
        ["fate"] = sample.Fate.ToString(),
        ["tokens"] = sample.Tokens,
        ["kept_tokens"] = sample.Kept,
        ["target_tokens"] = sample.Targets,
        ["text"] = new JsonArray([.. sample.Stretches.Select(stretch => new JsonObject { ["text"] = stretch.Text, ["counts"] = stretch.Counts })]),
    };
}
