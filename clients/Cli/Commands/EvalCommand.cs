using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Cli.Evaluations;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft eval</summary>
internal static class EvalCommand
{
    public static Command Create(CommandHost host)
    {
        var checkpoint = new Argument<string?>("NAME") { Description = "A checkpoint of the store: its name or digest.", Arity = ArgumentArity.ZeroOrOne };
        var options = new EvaluationOptions();
        var metric = new Option<string?>("--metric") { Description = "Print this metric only." };
        var name = new Option<string?>("--name") { Description = "Name of the evaluation in the store." };
        var compare = new Option<string[]>("--compare")
        {
            Description = "Compare two evaluations on the items both have: differences, intervals and tests of every metric.",
            HelpName = "A B",
            Arity = new ArgumentArity(2, 2),
            AllowMultipleArgumentsPerToken = true,
        };
        var confidence = new Option<double>("--confidence") { Description = "Of the intervals of --compare.", HelpName = "P", DefaultValueFactory = _ => 0.95 };
        confidence.Validators.Add(Numbers.Within(0.5, 0.9999));
        var command = host.Create(
            "eval",
            "Measure a checkpoint on a task, or compare two measurements.",
            """
            Every sample is kept in the evaluation, whose digest stands behind the scores; graft samples shows them.
            Stopped or killed, the same command goes on where it was.
            """,
            "graft eval M2+M1 --task gsm8k::tulu --data test.jsonl --fewshot fewshot_sources.json --name M2+M1/gsm8k",
            "graft eval M1 --task my-task.yaml",
            "graft eval M1 --task arc_challenge.jsonl --metric acc_per_char",
            "graft eval --compare M2+M1/gsm8k M2/gsm8k");
        command.Arguments.Add(checkpoint);
        foreach (var option in (Option[])[.. options.All, metric, name, compare, confidence])
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            var (isComparison, hasName, hasTask) = (result.GetResult(compare) is { Implicit: false }, result.GetResult(checkpoint)?.Tokens.Count > 0, options.IsGiven(result));
            if (isComparison ? hasName || hasTask : !hasName || !hasTask)
            {
                result.AddError(isComparison
                    ? "--compare compares two evaluations that are there already; leave NAME and --task away."
                    : hasName ? "Say what is measured: --task NAME, FILE.yaml or FILE.jsonl." : "Say which checkpoint is measured: NAME.");
            }
        });
        host.AddConnection(command);
        host.Run(command, (result, cancellationToken) => result.GetValue(compare) is { Length: 2 } pair
            ? CompareAsync(host, result, pair, result.GetValue(confidence), cancellationToken)
            : EvaluateAsync(host, result, result.GetValue(checkpoint)!, options, result.GetValue(metric), result.GetValue(name), cancellationToken));
        return command;
    }

    private static async Task EvaluateAsync(
        CommandHost host, ParseResult result, string reference, EvaluationOptions options, string? metric, string? name, CancellationToken cancellationToken)
    {
        await using var connection = await host.ConnectAsync(result, cancellationToken);
        var checkpoint = await connection.Store.GetArtifactAsync(reference, cancellationToken);
        var recipe = await options.RecipeAsync(result, connection.Store, connection.Evaluator, checkpoint.Digest, cancellationToken);
        var outputs = await JobExecution.RunAsync(host, connection, recipe, "eval", cancellationToken);
        var evaluation = outputs[JobExecution.Result];
        var scores = await EvaluationScores.ReadAsync(connection.Store, evaluation, cancellationToken);
        var text = metric is null ? EvaluationScores.Text(scores) : EvaluationScores.Text(scores, metric);
        if (name is not null)
        {
            await connection.Store.SetNameAsync(name, evaluation, cancellationToken);
        }

        if (host.IsJson(result))
        {
            scores.Insert(0, "checkpoint", (JsonNode)checkpoint.Digest.ToString());
            scores.Insert(1, "evaluation", (JsonNode)evaluation.ToString());
            JsonOutput.Write(host.Terminal, scores);
            return;
        }

        Terminal.WriteLine(host.Terminal.Output, $"{reference}  {text}  {name ?? evaluation.ToString()}");
    }

    private static async Task CompareAsync(
        CommandHost host, ParseResult result, string[] pair, double confidence, CancellationToken cancellationToken)
    {
        await using var connection = await host.ConnectAsync(result, cancellationToken);
        var request = new V1.CompareEvaluationsRequest { First = pair[0], Second = pair[1], Confidence = confidence };
        var compared = await connection.Evaluator.CompareAsync(request, cancellationToken);
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, ComparisonText.Json(pair[0], pair[1], confidence, compared));
            return;
        }

        ComparisonText.Write(host.Terminal.Output, pair[0], pair[1], confidence, compared);
    }
}
