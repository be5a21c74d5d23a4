using Graft.Cli.Evaluations;
using Xunit;

namespace Graft.Tests.Unit.Cli.Evaluations;

public sealed class ComparisonTextTests
{
    private static readonly V1.CompareEvaluationsResponse _compared = new()
    {
        Items = 1319,
        OnlyFirst = 1,
        Primary = "exact_match",
        Metrics =
        {
            new V1.MetricComparison
            {
                Metric = "exact_match", First = 0.771, Second = 0.7558, Difference = 0.0152, StandardError = 0.0094, Low = -0.003, High = 0.0334, P = 0.0123,
                Test = V1.ComparisonTest.McNemar, FirstHigher = 90, SecondHigher = 70,
            },
            new V1.MetricComparison
            {
                Metric = "bits_per_byte", First = 0.5, Second = 0.6, Difference = -0.1, StandardError = 0.001, Low = -0.102, High = -0.098, P = 0.00005,
                Test = V1.ComparisonTest.PairedBootstrap, FirstHigher = 3, SecondHigher = 1316,
            },
        },
    };

    [Fact]
    public void A_line_a_metric_the_primary_one_marked()
    {
        var terminal = new TestTerminal();

        ComparisonText.Write(terminal.Terminal.Output, "M5+M4/gsm8k", "M5-FT/gsm8k", 0.95, _compared);

        var lines = terminal.Output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Equal("M5+M4/gsm8k (A) against M5-FT/gsm8k (B) on 1319 items; 1 only in A and 0 only in B are left out", lines[0]);
        Assert.Contains(lines, line => line.Contains("95 % interval", StringComparison.Ordinal));
        Assert.Contains("exact_match * 77.1 75.6 +1.5 0.9 -0.3 to +3.3 0.0123 McNemar 90 70", lines);
        Assert.Contains("bits_per_byte 0.500 0.600 -0.100 0.001 -0.102 to -0.098 < 0.0001 bootstrap 3 1316", lines);
    }

    [Fact]
    public void All_numbers_for_machines()
    {
        var json = ComparisonText.Json("a", "b", 0.9, _compared);

        Assert.Equal(("a", "b", 1319, 1, 0.9), ((string?)json["first"], (string?)json["second"], (int)json["items"]!, (int)json["only_first"]!, (double)json["confidence"]!));
        var metric = json["metrics"]!["exact_match"]!;
        Assert.Equal((0.0152, 0.0123, "McNemar, exact", 90), ((double)metric["difference"]!, (double)metric["p"]!, (string?)metric["test"], (int)metric["first_higher"]!));
    }
}
