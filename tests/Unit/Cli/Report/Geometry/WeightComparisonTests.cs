using System.Text;
using System.Xml.Linq;
using Graft.Artifacts;
using Graft.Cli.Report.Geometry;
using Graft.Faults;
using Graft.Merger.Comparing;
using Xunit;
using Sums = Graft.Merger.Comparing.Geometry;

namespace Graft.Tests.Unit.Cli.Report.Geometry;

public sealed class WeightComparisonTests
{
    [Fact]
    public void The_file_of_the_merger_is_read_as_it_was_written()
    {
        var comparison = Comparison();

        Assert.True(comparison.IsOfVectors);
        Assert.Equal(["lm_head", "model.layers.2", "model.layers.10"], comparison.Layers.Select(layer => layer.Name));
        var layer = comparison.Layers[1];
        Assert.Equal((4, 5.0, 10.0, 0.25), (layer.Elements, layer.Norms[0], layer.Norms[1], layer.Zeros[0]));
        Assert.Equal(new PairGeometry(0, 1, 0.5, 2, 0.75, 0.25), layer.Pairs[0]);
        Assert.Null(comparison.Layers[0].Pairs[0].Cosine);
        Assert.Equal((9, Math.Sqrt(50)), (comparison.Total.Elements, comparison.Total.Norms[0]));
    }

    [Fact]
    public void The_terminal_has_artifacts_pairs_and_layers()
    {
        var terminal = new TestTerminal();

        ComparisonTable.Write(terminal.Terminal.Output, Comparison());

        Assert.Equal(
            """
            artifact   norm  unchanged
            V1        7.071      33.3%
            V2        14.14       0.0%

            pair       cosine  distance  same sign  equal
            V1 and V2  0.5000     2.828      75.0%  22.2%

            layer            weights  norm V1  norm V2  cosine  same sign  equal
            lm_head                1        0        0       -          -   0.0%
            model.layers.2         4        5       10  0.5000      75.0%  25.0%
            model.layers.10        4        5       10  0.5000      75.0%  25.0%


            """.ReplaceLineEndings("\n"),
            string.Join('\n', terminal.Output.Split('\n').Select(line => line.TrimEnd())));
    }

    [Fact]
    public void The_page_has_a_curve_over_the_numbered_layers_and_names_are_escaped()
    {
        var page = ComparisonPage.Render(Comparison() with { Names = ["<V1>", "V2"] });

        Assert.Contains("&lt;V1&gt; and V2", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<V1>", page, StringComparison.Ordinal);
        var begin = page.IndexOf("<svg class=\"chart\"", StringComparison.Ordinal);
        var svg = XElement.Parse(page[begin..(page.IndexOf("</svg>", begin, StringComparison.Ordinal) + 6)]);
        Assert.Equal(["line s0"], svg.Elements("path").Select(path => path.Attribute("class")!.Value).Where(name => name.StartsWith("line", StringComparison.Ordinal)));
        Assert.Equal(2, svg.Elements("path").Count(path => path.Attribute("class")!.Value.StartsWith("mark", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[")]
    [InlineData("""{"schema":2}""")]
    public void Another_file_is_refused(string json) =>
        Assert.Equal(FaultKind.Corrupt, Assert.Throws<FaultException>(() => WeightComparison.Parse(Encoding.UTF8.GetBytes(json), ["a", "b"])).Kind);

    private static WeightComparison Comparison()
    {
        static Sums Layer()
        {
            var sums = new Sums(2);
            sums.Count(4);
            (sums.Squares[0], sums.Squares[1], sums.Zeros[0]) = (25, 100, 1);
            sums.Pairs[0] = new PairSums { Dot = 25, SquaredDistance = 4, Equal = 1, NonZero = 4, SameSign = 3 };
            return sums;
        }

        var head = new Sums(2);
        head.Count(1);
        head.Zeros[0] = 1;
        var json = ComparisonFile.Write(
            [Digest.Of("1"u8), Digest.Of("2"u8)],
            ArtifactKind.DiffVector,
            [("lm_head.weight", head), ("model.layers.10.w", Layer()), ("model.layers.2.w", Layer())]);
        return WeightComparison.Parse(json, ["V1", "V2"]);
    }
}
