using System.Text.Json.Nodes;
using Graft.Cli.Report.Tables;
using Spectre.Console;

namespace Graft.Cli.Advice;

/// <summary>An advice for people and for programs.</summary>
internal sealed class AdviceView(string target, IReadOnlyList<RankedCandidate> ranked)
{
    private RankedCandidate Best => ranked[0];

    private string BestName => $"{Best.Candidate.Choice.Name}@{Best.Candidate.Scale:0.###}";

    public void Show(Terminal terminal)
    {
        var table = new TextGrid(["vector@scale", "P(best)", "loss", "distance", "cosine", "same sign", "others"]);
        foreach (var (candidate, probability) in ranked)
        {
            var geometry = candidate.Geometry;
            table.AddRow(
            [
                Markup.Escape($"{candidate.Choice.Name}@{candidate.Scale:0.###}"),
                probability is { } p ? p.ToString("0.000") : "-",
                candidate.Loss is { } loss ? loss.ToString("0.0000") : "-",
                geometry.Distance.ToString("G4"),
                geometry.DriftCosine is { } cosine ? cosine.ToString("0.000") : "-",
                geometry.DriftSignAgreement is { } agreement ? $"{100 * agreement:0.0}%" : "-",
                geometry.OthersCosine is { } others ? others.ToString("0.000") : "-",
            ]);
        }

        table.Write(terminal.Output);
        Terminal.WriteLine(terminal.Output, Sentence);
    }

    public JsonObject ToJson() => new()
    {
        ["base"] = target,
        ["best"] = BestName,
        ["sentence"] = Sentence,
        ["candidates"] = new JsonArray([.. ranked.Select(one => new JsonObject
        {
            ["vector"] = one.Candidate.Choice.Name,
            ["digest"] = one.Candidate.Choice.Vector.ToString(),
            ["scale"] = one.Candidate.Scale,
            ["probability_of_best"] = one.Probability,
            ["bits_per_byte"] = one.Candidate.Loss,
            ["samples"] = one.Candidate.Losses?.Count,
            ["merge"] = one.Candidate.Merge?.ToString(),
            ["distance_of_bases"] = one.Candidate.Geometry.Distance,
            ["norm"] = one.Candidate.Geometry.Norm,
            ["cosine_with_drift"] = one.Candidate.Geometry.DriftCosine,
            ["sign_agreement_with_drift"] = one.Candidate.Geometry.DriftSignAgreement,
            ["mean_cosine_with_others"] = one.Candidate.Geometry.OthersCosine,
        })]),
    };

    private string Sentence => Best.Probability is { } probability
        ? $"Try {BestName} on {target}: the lowest loss of {ranked.Count} candidates on {Best.Candidate.Losses!.Count} held-out samples, and with "
            + $"probability {probability:0.00} on other samples of the same kind. Low loss is a sign of a good score, not a score; "
            + $"graft eval {Best.Candidate.Merge!.Value.Short} measures it."
        : $"Try {BestName} on {target}: its base is the nearest. How sure that is cannot be told without held-out samples (--data).";
}
