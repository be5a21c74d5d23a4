using System.Text.Json.Nodes;
using Graft.Cli.Report;
using Graft.Cli.Report.Claims;
using Graft.Cli.Report.Html;
using Graft.Cli.Report.Statistics;
using Graft.Cli.Report.Tables;
using Spectre.Console;

namespace Graft.Cli.Recycling;

/// <summary>The verdict for people and for programs.</summary>
internal sealed class RecycleView(RecycleOutcome outcome, string name)
{
    private readonly Metric _metric = Metric.Of(outcome.Metric);

    public void Show(Terminal terminal)
    {
        var table = new TextGrid(["model", "", _metric.Title, "95% interval", "winner's gain", "p"]);
        foreach (var model in outcome.Models)
        {
            var isWinner = model == outcome.Winner;
            var test = Comparison.Of(_metric, outcome.Winner.Score, model.Score);
            var title = Markup.Escape(model.Model.Name);
            table.AddRow(
            [
                isWinner ? $"[bold green]{title}[/]" : title,
                model.Role,
                _metric.Format(model.Score.Value) + _metric.Unit,
                Words.Interval(_metric, model.Score),
                isWinner ? "" : _metric.FormatDifference(test.Gain),
                isWinner ? "" : ClaimWords.BareP(test.P),
            ]);
        }

        table.Write(terminal.Output);
        Terminal.WriteLine(terminal.Output, Sentence);
    }

    public JsonObject ToJson() => new()
    {
        ["winner"] = outcome.Winner.Model.Name,
        ["name"] = name,
        ["digest"] = outcome.Winner.Model.Digest.ToString(),
        ["metric"] = outcome.Metric,
        ["items"] = outcome.Items,
        ["target"] = outcome.Target,
        ["reaches_target"] = outcome.ReachesTarget,
        ["models"] = new JsonArray([.. outcome.Models.Select(model => new JsonObject
        {
            ["model"] = model.Model.Name,
            ["role"] = model.Role,
            ["digest"] = model.Model.Digest.ToString(),
            ["value"] = model.Score.Value,
            ["stderr"] = model.Score.StandardError,
            ["evaluation"] = model.Score.Evaluation.ToString(),
            ["p_against_winner"] = model == outcome.Winner ? null : Comparison.Of(_metric, outcome.Winner.Score, model.Score).P,
        })]),
    };

    private string Sentence =>
        $"{name} is {outcome.Winner.Model.Name}: {Words.Value(_metric, outcome.Winner.Score)} on {outcome.Items} items, "
        + $"{(outcome.ReachesTarget ? "which reaches" : "which falls short of")} the target of {_metric.Format(outcome.Target)}{_metric.Unit}. "
        + "The best of several is picked by the items it is scored on: expect a little less on others.";
}
