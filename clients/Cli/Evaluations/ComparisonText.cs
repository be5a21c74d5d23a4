using System.Text.Json.Nodes;
using Graft.Cli.Report;
using Spectre.Console;

namespace Graft.Cli.Evaluations;

/// <summary>Two evaluations compared, for people and machines.</summary>
internal static class ComparisonText
{
    public static void Write(IAnsiConsole console, string first, string second, double confidence, V1.CompareEvaluationsResponse compared)
    {
        Terminal.WriteLine(console, $"{first} (A) against {second} (B) on {compared.Items} items{Left(compared)}");
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn(new TableColumn("metric").NoWrap());
        foreach (var heading in (string[])["A", "B", "A - B", "+-", $"{100 * confidence:0.##} % interval", "p", "test", "A > B", "B > A"])
        {
            table.AddColumn(new TableColumn(heading).RightAligned().NoWrap());
        }

        foreach (var metric in compared.Metrics)
        {
            table.AddRow([.. Cells(metric, compared.Primary).Select(Markup.Escape)]);
        }

        console.Write(table);
    }

    public static JsonObject Json(string first, string second, double confidence, V1.CompareEvaluationsResponse compared) => new()
    {
        ["first"] = first,
        ["second"] = second,
        ["items"] = compared.Items,
        ["only_first"] = compared.OnlyFirst,
        ["only_second"] = compared.OnlySecond,
        ["primary"] = compared.Primary,
        ["confidence"] = confidence,
        ["metrics"] = new JsonObject(compared.Metrics.Select(metric => KeyValuePair.Create(metric.Metric, (JsonNode?)new JsonObject
        {
            ["first"] = metric.First,
            ["second"] = metric.Second,
            ["difference"] = metric.Difference,
            ["stderr"] = metric.StandardError,
            ["low"] = metric.Low,
            ["high"] = metric.High,
            ["p"] = metric.P,
            ["test"] = TestName(metric.Test),
            ["first_higher"] = metric.FirstHigher,
            ["second_higher"] = metric.SecondHigher,
        }))),
    };

    private static string Left(V1.CompareEvaluationsResponse compared) => compared.OnlyFirst + compared.OnlySecond == 0
        ? ""
        : $"; {compared.OnlyFirst} only in A and {compared.OnlySecond} only in B are left out";

    private static IEnumerable<string> Cells(V1.MetricComparison comparison, string primary)
    {
        var metric = Metric.Of(comparison.Metric);
        return
        [
            $"{comparison.Metric}{(comparison.Metric == primary ? " *" : "")}",
            metric.Format(comparison.First),
            metric.Format(comparison.Second),
            metric.FormatDifference(comparison.Difference),
            metric.Format(comparison.StandardError),
            $"{metric.FormatDifference(comparison.Low)} to {metric.FormatDifference(comparison.High)}",
            comparison.P < 0.0001 ? "< 0.0001" : comparison.P.ToString("0.0000"),
            comparison.Test == V1.ComparisonTest.McNemar ? "McNemar" : "bootstrap",
            $"{comparison.FirstHigher}",
            $"{comparison.SecondHigher}",
        ];
    }

    private static string TestName(V1.ComparisonTest test) => test switch
    {
        V1.ComparisonTest.McNemar => "McNemar, exact",
        V1.ComparisonTest.PairedBootstrap => "paired bootstrap",
        _ => $"{test}",
    };
}
