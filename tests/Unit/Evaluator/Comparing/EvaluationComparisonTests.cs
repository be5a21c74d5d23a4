using System.Text;
using Graft.Evaluator.Comparing;
using Graft.Evaluator.Statistics;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Comparing;

public sealed class EvaluationComparisonTests
{
    private const string Scores = """{"metrics": {"acc_raw": {"value": 0.5, "stderr": 0.1}, "bits_per_byte": {"value": 1, "stderr": 0.1}}, "items": 3, "primary": "acc_raw"}""";

    [Fact]
    public void Items_are_paired_by_their_numbers_and_the_others_counted()
    {
        var first = Values(Scores, (0, 1, 2.0), (1, 1, 1.5), (2, 0, 1.0), (9, 0, 1.0));
        var second = Values(Scores, (2, 1, 1.5), (1, 0, 1.5), (0, 0, 1.0), (7, 1, 1.0), (8, 1, 1.0));

        var compared = EvaluationComparison.Compare(first, second, 0.95, seed: 0);

        Assert.Equal((3, 1, 2, "acc_raw"), (compared.Items, compared.OnlyFirst, compared.OnlySecond, compared.Primary));
        Assert.Equal(["acc_raw", "bits_per_byte"], compared.Metrics.Select(metric => metric.Name));
        var accuracy = compared.Metrics[0].Comparison;
        Assert.Equal((2, 1, PairedTest.McNemar, 1.0), (accuracy.FirstHigher, accuracy.SecondHigher, accuracy.Test, accuracy.P));
        Assert.Equal(0.5 / 3, compared.Metrics[1].Comparison.Difference, 1e-15);
    }

    [Fact]
    public void Generated_answers_of_the_first_version_are_right_or_wrong()
    {
        var old = SampleValues.Parse(
            Encoding.UTF8.GetBytes("""{"metrics": {"exact_match": {"value": 1, "stderr": 0}}, "items": 1, "primary": "exact_match"}"""),
            Encoding.UTF8.GetBytes("""{"doc_id":0,"prompt":"p","output":"1","extracted":"1","gold":"1","correct":true}"""),
            "old");

        Assert.Equal(1, old.Items[0]["exact_match"]);
    }

    [Fact]
    public void Nothing_in_common_and_broken_files_are_told()
    {
        var none = Assert.Throws<FaultException>(() => EvaluationComparison.Compare(Values(Scores, (0, 1, 1.0)), Values(Scores, (1, 1, 1.0)), 0.95, 0));
        var broken = Assert.Throws<FaultException>(() => SampleValues.Parse("{}"u8.ToArray(), [], "X"));

        Assert.Equal((FaultKind.Invalid, "second"), (none.Kind, none.Field));
        Assert.Contains("no item in common", none.Message);
        Assert.Equal(FaultKind.Corrupt, broken.Kind);
        Assert.Contains("The evaluation X cannot be read", broken.Message);
    }

    private static SampleValues Values(string scores, params (int Id, int Right, double Bits)[] items) => SampleValues.Parse(
        Encoding.UTF8.GetBytes(scores),
        Encoding.UTF8.GetBytes(string.Join('\n', items.Select(item =>
            FormattableString.Invariant($$"""{"metrics": {"acc_raw": {{item.Right}}, "bits_per_byte": {{item.Bits}} }, "doc_id": {{item.Id}} }""")))),
        "test");
}
