using System.Text.RegularExpressions;
using System.Xml.Linq;
using Graft.Cli.Report;
using Graft.Cli.Report.Html;
using Xunit;
using static Graft.Tests.Unit.Cli.Report.Studies;

namespace Graft.Tests.Unit.Cli.Report;

public sealed partial class HtmlReportTests
{
    [Fact]
    public void Every_score_error_and_digest_is_in_the_page()
    {
        var html = HtmlReport.Render(Small);

        foreach (var task in Small.Tasks.Values)
        {
            var metric = Metric.Of(task.Metric);
            foreach (var score in AllScores(task))
            {
                Assert.Contains($"{metric.Format(score.Value)} &#177; {metric.Format(score.StandardError)}", html, StringComparison.Ordinal);
                Assert.Contains(score.Evaluation.ToString(), html, StringComparison.Ordinal);
            }
        }

        Assert.All(Small.Checkpoints, model => Assert.Contains($"{model.Key}</th><td><code>{model.Value}", html, StringComparison.Ordinal));
        Assert.Contains("<dd>small</dd>", html, StringComparison.Ordinal);
        Assert.Contains("<dt>Seed</dt><dd>7</dd>", html, StringComparison.Ordinal);
        Assert.Contains("<dd>12.3 s</dd>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_needs_nothing_from_outside()
    {
        var html = HtmlReport.Render(Small);

        Assert.Equal(0, Regex.Count(html, "https?://|//cdn|url\\(|@import|<script|<link|<img|src=", RegexOptions.IgnoreCase));
    }

    [Fact]
    public void Names_are_escaped_wherever_they_stand()
    {
        const string evil = "<script>alert(\"1\")</script>&'";
        var task = Sums with
        {
            Pt = Scores((evil, 0.1), ("M2", 0.2)),
            Ft = Map((evil, Curve((10, 0.2), (20, 0.3)))),
            Merge = Map(("M2", Scores((evil, 0.3)))),
            Recurrent = Map((evil, new RecurrentScores(ScoreOf(0.2), []))),
        };
        var results = new Results(new StudyInfo(0, evil, TimeSpan.Zero)) { Checkpoints = Map((evil, DigestOf("x"))), Tasks = Map((evil, task)) };

        var html = HtmlReport.Render(results);

        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("alert(\"", html, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;", html, StringComparison.Ordinal);
        _ = Parse(html);
    }

    [Fact]
    public void The_best_of_each_column_is_marked_ties_included()
    {
        var cells = Parse(HtmlReport.Render(Small)).Descendants("table").First(table => (string?)table.Attribute("class") == "heat").Descendants("td");

        var best = cells.Where(cell => cell.Elements("span").Any(span => span.Value == "best ")).Select(cell => ((string)cell.Attribute("title")!).Split(':')[0]);

        Assert.Equal(["M2 + vector of M1", "M1 + vector of M2", "M3 + vector of M2", "M2 + vector of M3"], best);
    }

    [Fact]
    public void Hovering_over_a_cell_tells_its_error_and_what_it_is_compared_with() => Assert.Contains(
        "title=\"M3 + vector of M2: 55.0&#160;&#177;&#160;2.5&#160;% (95%: 50.1 to 59.9); +15.0 against PT; -5.0 against FT\"",
        HtmlReport.Render(Small), StringComparison.Ordinal);

    [Fact]
    public void The_markup_is_well_formed_and_accessible()
    {
        var page = Parse(HtmlReport.Render(Small));

        Assert.Equal("en", (string?)page.Attribute("lang"));
        Assert.Equal("Graft study: small", page.Element("head")!.Element("title")!.Value);
        Assert.All(page.Descendants("th"), head => Assert.Contains((string?)head.Attribute("scope"), new[] { "col", "row" }));
        Assert.All(page.Descendants("svg").Where(svg => (string?)svg.Attribute("aria-hidden") != "true"), svg =>
        {
            Assert.Equal("img", (string?)svg.Attribute("role"));
            Assert.Equal((string?)svg.Attribute("aria-labelledby"), (string?)svg.Elements().First().Attribute("id"));
            Assert.NotEmpty(svg.Elements().First().Value);
        });
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct(), ids);
        int[] levels = [.. page.Descendants().Where(element => Heading().IsMatch(element.Name.LocalName)).Select(element => element.Name.LocalName[1] - '0')];
        Assert.Equal(1, levels[0]);
        Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.InRange(pair.Second, 2, pair.First + 1));
    }

    [Fact]
    public void Charts_are_drawn_where_there_are_curves()
    {
        var charts = Parse(HtmlReport.Render(Small)).Descendants("svg").Where(svg => (string?)svg.Attribute("role") == "img").Select(svg => svg.Element("title")!.Value);

        // The fine-tunings of "facts" were given: a single point is no curve.
        Assert.Equal(
            ["sums at M1 over training steps", "sums at M2 over training steps", "sums at M3 over training steps", "sums: recurrent merging against one step"],
            charts);
    }

    [Fact]
    public void An_empty_study_is_still_a_page()
    {
        var page = Parse(HtmlReport.Render(new Results(Small.Study)));

        Assert.Equal(["Graft study: small", "Provenance"], page.Descendants().Where(element => Heading().IsMatch(element.Name.LocalName)).Select(element => element.Value));
    }

    [Fact]
    public void The_same_results_give_the_same_page() => Assert.Equal(HtmlReport.Render(Small), HtmlReport.Render(Small));

    [Fact]
    public void Every_cell_is_readable_in_light_and_dark() => Assert.All(Enumerable.Range(-20, 41).Select(step => step / 20.0), share =>
    {
        Assert.InRange(Rgb.Contrast(HeatColor.Of(share, dark: false), HeatColor.LightText), 4.5, 21);
        Assert.InRange(Rgb.Contrast(HeatColor.Of(share, dark: true), HeatColor.DarkText), 4.5, 21);
    });

    [Fact]
    public void Every_colour_of_the_style_sheet_is_readable_on_its_page()
    {
        var themes = Regex.Matches(ReportStyle.Css, ":root\\{(?<colors>[^}]*)\\}").Select(theme =>
            Regex.Matches(theme.Groups["colors"].Value, "--(?<name>[a-z0-9]+):#(?<hex>[0-9a-f]{6})").ToDictionary(color => color.Groups["name"].Value, color => Color(color.Groups["hex"].Value))).ToList();

        Assert.Equal(2, themes.Count);
        Assert.All(themes, colors =>
        {
            Assert.Equal(16, colors.Count);
            foreach (var (name, color) in colors.Where(color => color.Key is not ("bg" or "panel" or "rule")))
            {
                Assert.True(Rgb.Contrast(color, colors["bg"]) >= 4.5, name);
            }

            Assert.InRange(Rgb.Contrast(colors["dim"], colors["panel"]), 4.5, 21);
        });
    }

    [Fact]
    public void Contrast_is_that_of_the_guidelines()
    {
        Assert.Equal(21, Rgb.Contrast(new Rgb(0, 0, 0), new Rgb(255, 255, 255)), 1e-9);
        Assert.Equal(4.54, Rgb.Contrast(new Rgb(0x76, 0x76, 0x76), new Rgb(255, 255, 255)), 0.005);
    }

    private static Rgb Color(string hex) => new(Convert.ToByte(hex[..2], 16), Convert.ToByte(hex[2..4], 16), Convert.ToByte(hex[4..], 16));

    private static IEnumerable<Score> AllScores(TaskResults task) =>
    [
        .. task.Pt.Values,
        .. task.Ft.Values.SelectMany(curve => curve).Select(point => point.Score),
        .. task.Merge.Values.SelectMany(sources => sources.Values),
        .. task.Continual.Values.SelectMany(sources => sources.Values).SelectMany(curve => curve).Select(point => point.Score),
        .. task.Recurrent.Values.Select(scores => scores.Merged).OfType<Score>(),
        .. task.Recurrent.Values.SelectMany(scores => scores.Trained).Select(point => point.Score),
        .. task.Control.Values.SelectMany(curve => curve).Select(point => point.Score),
    ];

    /// <summary>The page as XML, its void elements closed and named entities replaced: well-formed HTML of ours needs no more.</summary>
    private static XElement Parse(string html) => XDocument.Parse(
        VoidElement().Replace(html, "<$1/>").Replace("<!DOCTYPE html>", "").Replace("<details open ", "<details ").Replace("&ndash;", "-").Replace("&minus;", "-")).Root!;

    [GeneratedRegex("<((?:meta|br)[^>]*)>")]
    private static partial Regex VoidElement();

    [GeneratedRegex("^h[1-6]$")]
    private static partial Regex Heading();
}
