using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text;
using Graft.Cli.Report;
using Graft.Cli.Report.Published;
using Graft.Cli.Runs;

namespace Graft.Cli.Commands;

/// <summary>graft report</summary>
internal static class ReportCommand
{
    private const string Html = "html";
    private const string Json = "json";
    private const string Csv = "csv";
    private const string Markdown = "md";

    public static Command Create(CommandHost host)
    {
        var run = new Argument<string?>("RUN")
        {
            Description = "A run: its id or its name. [default: the newest]",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var format = new Option<string>("--format")
        {
            Description = "html: a page with everything. json: results.json. csv: a line for each score. md: tables for a README.",
            DefaultValueFactory = _ => Html,
        };
        format.AcceptOnlyFromAmong(Html, Json, Csv, Markdown);
        var file = new Option<string?>("--out") { Description = "File to write. [default: ./report.html for html, standard output for the others]", HelpName = "FILE" };
        var published = new Option<bool>("--published")
        {
            Description = "Lay the published tables (arXiv 2503.20110; OLMo 2 7B, five checkpoints, GSM8K) beside the run; without RUN, show them alone.",
        };
        var stages = new Option<int[]?>("--stages")
        {
            Description = "How many checkpoints of the trajectory belong to each stage of pretraining, in order, such as 3,2; for trajectories that "
                + "were given. [default: what the spec tells]",
            HelpName = "N,N",
            CustomParser = ParseStages,
        };
        var command = host.Create(
            "report",
            "Tell what a run measured, which findings of the study hold on it, what it cost, and where every number comes from.",
            """
            Works on a run that failed, was stopped, or is still running, with what there is. A page needs nothing else: no network, no script.
            """,
            "graft report --out report.html",
            "graft report olmo2-7b --format md",
            "graft report olmo2-7b --published --out beside.html",
            "graft report --published --out published.html",
            "graft report 1f0a5c2e9b7d3a64 --format csv --out scores.csv");
        command.Arguments.Add(run);
        foreach (var option in (Option[])[file, format, published, stages])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command, hasJson: false);
        host.Run(command, async (result, cancellationToken) =>
        {
            var (reference, beside) = (result.GetValue(run), result.GetValue(published));
            var results = reference is null && beside
                ? PublishedStudy.Load()
                : await ReadAsync(host, result, reference, result.GetValue(stages), cancellationToken);
            var comparison = beside && reference is not null ? PublishedComparison.Of(results) : null;
            var text = Render(results, comparison, result.GetRequiredValue(format));
            await WriteAsync(host, text, result.GetValue(file) ?? (result.GetRequiredValue(format) == Html ? "report.html" : null), cancellationToken);
        });
        return command;
    }

    private static async Task<Results> ReadAsync(
        CommandHost host, ParseResult result, string? reference, int[]? stages, CancellationToken cancellationToken)
    {
        await using var connection = await host.ConnectToHolderAsync(result, cancellationToken);
        var run = await FoundRun.FindAsync(connection.Coordinator, reference, cancellationToken);
        return await FoundRun.ReadAsync(run, stages, connection.Store, connection.Coordinator, cancellationToken);
    }

    private static string Render(Results results, PublishedComparison? comparison, string format) => format switch
    {
        Json => ResultsJson.Write(results),
        Csv => ResultsCsv.Write(results),
        Markdown => ResultsMarkdown.Write(results, comparison),
        _ => HtmlReport.Render(results, comparison),
    };

    private static async Task WriteAsync(CommandHost host, string text, string? file, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            Terminal.WriteLine(host.Terminal.Output, text.TrimEnd('\n'));
            return;
        }

        var path = Path.GetFullPath(file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
        Terminal.WriteLine(host.Terminal.Output, path);
    }

    /// <summary>"3,2" is 1, 1, 1, 2, 2.</summary>
    internal static int[]? ParseStages(ArgumentResult result)
    {
        var parts = result.Tokens.SelectMany(token => token.Value.Split(',')).ToList();
        List<int> stages = [];
        foreach (var (part, stage) in parts.Select((part, index) => (part, index + 1)))
        {
            if (!int.TryParse(part, out var count) || count < 1)
            {
                result.AddError($"'{part}' in --stages is no number of checkpoints; write 3,2 for three of the first stage and two of the second.");
                return null;
            }

            stages.AddRange(Enumerable.Repeat(stage, count));
        }

        return [.. stages];
    }
}
