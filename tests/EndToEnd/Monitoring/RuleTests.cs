using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>The rules of k8s/monitoring, judged by promtool.</summary>
public sealed partial class RuleTests
{
    private static string[] Rules => Directory.GetFiles(Path.Combine(MonitoringFolder.Path, "rules"));

    [Fact]
    public async Task The_rules_are_well_formed_and_their_own_tests_pass()
    {
        await Tool.RequirePrometheusAsync();

        var (checkedCode, lint) = await Tool.RunAsync("promtool", ["check", "rules", .. Rules]);
        var (testedCode, output) = await Tool.RunAsync("promtool", ["test", "rules", .. Directory.GetFiles(Path.Combine(MonitoringFolder.Path, "tests"))]);

        Assert.True(checkedCode == 0, lint);
        Assert.True(testedCode == 0, output);
    }

    [Fact]
    public async Task The_config_for_a_look_is_well_formed()
    {
        await Tool.RequirePrometheusAsync();

        var (code, output) = await Tool.RunAsync("promtool", "check", "config", Path.Combine(MonitoringFolder.Path, "look.yaml"));

        Assert.True(code == 0, output);
    }

    [Fact]
    public void Every_alert_has_a_test_a_severity_and_a_section_in_the_README()
    {
        var rules = MonitoringFolder.Read("rules/alerts.yaml");
        var alerts = Alert().Matches(rules).Select(match => match.Groups[1].Value).ToList();
        var tests = MonitoringFolder.Read("tests/alerts.yaml");
        var anchors = Heading().Matches(MonitoringFolder.Read("README.md")).Select(match => match.Groups[1].Value.ToLowerInvariant()).ToList();

        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"alertname: {alert}\n", tests, StringComparison.Ordinal));
        Assert.Equal(alerts.Count, Severity().Count(rules));
        Assert.Equal(alerts.Select(alert => alert.ToLowerInvariant()), Runbook().Matches(rules).Select(match => match.Groups[1].Value));
        Assert.Empty(alerts.Select(alert => alert.ToLowerInvariant()).Except(anchors));
    }

    [Fact]
    public void Every_metric_in_a_rule_is_one_that_is_told()
    {
        var documented = MetricTable.Read();
        var names = Rules.SelectMany(file => MetricName().Matches(File.ReadAllText(file))).Select(match => match.Value).Distinct();

        Assert.DoesNotContain(names, name => !documented.ContainsKey(MetricTable.Family(name, documented)));
    }

    [Fact]
    public void The_rules_for_the_operator_are_the_same()
    {
        string[] files = ["rules/recording.yaml", "rules/alerts.yaml"];
        var expected = files.SelectMany(file => MonitoringFolder.Read(file).Split('\n').SkipWhile(line => line != "groups:").Skip(1)).Where(line => line.Length > 0);

        var actual = MonitoringFolder.Read("operator/prometheus-rule.yaml").Split('\n').SkipWhile(line => line != "  groups:").Skip(1).Where(line => line.Length > 0);

        Assert.Equal(expected, actual.Select(line => line[2..]));
    }

    [Fact]
    public void The_kustomization_takes_every_dashboard_and_every_rule()
    {
        var kustomization = MonitoringFolder.Read("kustomization.yaml");

        Assert.All(MonitoringFolder.Dashboards, file => Assert.Contains($"dashboards/{file}", kustomization, StringComparison.Ordinal));
        Assert.All(Rules, file => Assert.Contains($"rules/{Path.GetFileName(file)}", kustomization, StringComparison.Ordinal));
    }

    [GeneratedRegex(@"^ +- alert: (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Alert();

    [GeneratedRegex(@"^ +labels: \{severity: (critical|warning|info)\}$", RegexOptions.Multiline)]
    private static partial Regex Severity();

    [GeneratedRegex(@"runbook_url: https://\S+/k8s/monitoring/README\.md#(\w+)$", RegexOptions.Multiline)]
    private static partial Regex Runbook();

    [GeneratedRegex(@"^#+ (\w+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    // Not the names that rules record, nor groups.
    [GeneratedRegex(@"(?<![:\w])graft_\w+(?![:\w])")]
    private static partial Regex MetricName();
}
