using System.Text;
using Graft.Cli.Report;
using Xunit;

namespace Graft.Tests.Unit.Cli.Report;

public sealed class SamplesTests
{
    [Fact]
    public void Correct_answers_are_the_items_of_exact_match()
    {
        var items = Read("""
            {"doc_id":4,"output":"7","correct":true}
            {"doc_id":9,"output":"8","correct":false}

            """, "exact_match", 2, 0.5);

        Assert.Equal(["4", "9"], items!.Ids);
        Assert.Equal([1, 0], items.Values);
    }

    [Fact]
    public void Other_metrics_are_found_by_name_at_the_top_or_below_metrics()
    {
        var items = Read("""
            {"doc_id":0,"correct":true,"metrics":{"acc_raw":1,"bits_per_byte":1.25}}
            {"doc_id":1,"bits_per_byte":1.75}
            """, "bits_per_byte", 2, 1.5);

        Assert.Equal([1.25, 1.75], items!.Values);
    }

    [Fact]
    public void Without_ids_the_order_is_the_identity() => Assert.Equal(["0", "1"], Read("{\"correct\":true}\n{\"correct\":true}", "exact_match", 2, 1)!.Ids);

    [Theory]
    [InlineData("{\"correct\":true}\n{\"other\":1}", 2, 0.5)]
    [InlineData("{\"correct\":true}\nnot json", 2, 0.5)]
    [InlineData("{\"correct\":true}\n[1]", 2, 0.5)]
    [InlineData("{\"correct\":\"yes\"}", 1, 1.0)]
    [InlineData("{\"correct\":true,\"metrics\":3}\n{\"metrics\":3}", 2, 1.0)]
    [InlineData("{\"correct\":true}", 2, 1.0)]
    [InlineData("{\"correct\":true}\n{\"correct\":true}", 2, 0.5)]
    [InlineData("", 0, 0.0)]
    public void What_is_not_understood_or_does_not_average_to_the_score_is_left_alone(string text, int items, double mean) =>
        Assert.Null(Read(text, "exact_match", items, mean));

    [Fact]
    public void Correct_says_nothing_about_other_metrics() => Assert.Null(Read("{\"correct\":true}", "bits_per_byte", 1, 1));

    private static ItemValues? Read(string text, string metric, int items, double mean) => Samples.Read(Encoding.UTF8.GetBytes(text), metric, items, mean);
}
