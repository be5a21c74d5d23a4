using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>The dashboards of k8s/monitoring: every query on a real Prometheus that watched a real run, and the JSON by Grafana's types.</summary>
[Collection(nameof(MonitoredRun))]
public sealed partial class DashboardTests(MonitoredRun run)
{
    // A file holds an enum's words, which TypeScript takes for other than the enum.
    private const string Types = """
        import type { Dashboard } from '@grafana/schema';
        type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

        """;

    public static TheoryData<string> Dashboards => [.. MonitoringFolder.Dashboards];

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Every_panel_shows_data(string file)
    {
        var empty = new List<string>();
        foreach (var (panel, expression) in Expressions(file).Where(item => run.HasGpu || !item.Expression.Contains("graft_gpu_", StringComparison.Ordinal)))
        {
            if ((await run.Prometheus.SeriesAsync(Substitute(expression), run.Began)).Count == 0)
            {
                empty.Add($"{panel}: {expression}");
            }
        }

        Assert.Empty(empty);
    }

    /// <summary>A misspelt metric beside "or vector(0)" would show a zero for ever.</summary>
    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Every_metric_in_a_panel_is_one_that_is_told(string file)
    {
        var documented = MetricTable.Read();
        var names = Expressions(file).SelectMany(item => MetricName().Matches(item.Expression)).Select(match => match.Value).Distinct();

        Assert.DoesNotContain(names, name => !documented.ContainsKey(MetricTable.Family(name, documented)));
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public async Task Every_variable_has_values(string file)
    {
        var empty = new List<string>();
        foreach (var variable in MonitoringFolder.Dashboard(file).GetProperty("templating").GetProperty("list").EnumerateArray())
        {
            if (variable.GetProperty("type").GetString() != "query")
            {
                continue;
            }

            var query = variable.GetProperty("query").GetProperty("query").GetString()!;
            var parts = LabelValues().Match(query);
            Assert.True(parts.Success, query);
            var answer = await run.Prometheus.AskAsync($"label/{parts.Groups[2].Value}/values", ("match[]", Substitute(parts.Groups[1].Value)));
            if (answer.GetProperty("data").GetArrayLength() == 0)
            {
                empty.Add(query);
            }
        }

        Assert.Empty(empty);
    }

    [Theory]
    [MemberData(nameof(Dashboards))]
    public void Panels_have_ids_of_their_own_and_do_not_overlap(string file)
    {
        var panels = MonitoringFolder.Dashboard(file).GetProperty("panels").EnumerateArray().ToList();
        var cells = panels.Select(panel => panel.GetProperty("gridPos")).SelectMany(place =>
            from x in Enumerable.Range(place.GetProperty("x").GetInt32(), place.GetProperty("w").GetInt32())
            from y in Enumerable.Range(place.GetProperty("y").GetInt32(), place.GetProperty("h").GetInt32())
            select (x, y)).ToList();

        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.x, 0, 23));
    }

    [Fact]
    public void Links_lead_to_dashboards_and_variables_that_exist()
    {
        var boards = MonitoringFolder.Dashboards.Select(MonitoringFolder.Dashboard).ToDictionary(
            board => board.GetProperty("uid").GetString()!,
            board => board.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()!).ToHashSet());
        var links = MonitoringFolder.Dashboards.SelectMany(file => Link().Matches(MonitoringFolder.Read($"dashboards/{file}"))).ToList();

        Assert.NotEmpty(links);
        Assert.All(links, link =>
        {
            var variables = Assert.Contains(link.Groups[1].Value, boards);
            Assert.Superset(LinkedVariable().Matches(link.Groups[2].Value).Select(match => match.Groups[1].Value).ToHashSet(), variables);
        });
    }

    [Fact]
    public async Task Grafana_types_accept_the_JSON()
    {
        await Tool.RequireAsync("npm", "npm");
        using var folder = new TemporaryFolder();
        foreach (var file in MonitoringFolder.Dashboards)
        {
            await File.WriteAllTextAsync(
                folder[Path.ChangeExtension(file, ".ts")],
                $"{Types}export const board: Json<Dashboard> = {MonitoringFolder.Read($"dashboards/{file}")};\n");
        }

        await File.WriteAllTextAsync(folder["package.json"], """{"name": "check", "private": true, "type": "module"}""");
        var (installed, log) = await Tool.RunAsync("npm", "", folder.Path, ["install", "--no-audit", "--no-fund", "--ignore-scripts", "@grafana/schema@13.2.3", "typescript@5"]);
        Assert.SkipUnless(installed == 0, $"Needs an npm registry for @grafana/schema: {log}");
        var (code, output) = await Tool.RunAsync(
            "npx", "", folder.Path, ["tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", .. MonitoringFolder.Dashboards.Select(file => Path.ChangeExtension(file, ".ts"))]);

        Assert.True(code == 0, output);
    }

    private static IEnumerable<(string Panel, string Expression)> Expressions(string file) =>
        from panel in MonitoringFolder.Dashboard(file).GetProperty("panels").EnumerateArray()
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select (panel.GetProperty("title").GetString()!, target.GetProperty("expr").GetString()!);

    // As Grafana does, with "All" for every variable and an interval that holds several scrapes.
    private static string Substitute(string expression) => Variable().Replace(expression, match => match.Groups[1].Value switch
    {
        "__rate_interval" => "10s",
        "__range" => "1h",
        "price" => "2.00",
        _ => ".*",
    });

    [GeneratedRegex(@"\$\{?(\w+)\}?")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?<![:\w])graft_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^label_values\((.+), (\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex("\"url\": \"/d/([a-z-]+)([^\"]*)\"")]
    private static partial Regex Link();

    [GeneratedRegex(@"var-(\w+)=")]
    private static partial Regex LinkedVariable();
}
