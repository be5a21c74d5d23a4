using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Imports;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft eval</summary>
internal static class EvalCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "A checkpoint of the store: its name or digest." };
        var task = new Option<string>("--task")
        {
            Description = "The requests, JSON lines: a file, or a dataset of the store. {\"doc_id\", \"choice\", \"context\", \"continuation\", "
                + "\"gold\"} asks for log-likelihoods, {\"prompt\", \"answer\"} for generated answers.",
            HelpName = "FILE.jsonl",
            Required = true,
        };
        var metric = new Option<string?>("--metric") { Description = "Print this metric only." };
        var maxNewTokens = new Option<int>("--max-new-tokens")
        {
            Description = "Longest generated answer.",
            HelpName = "N",
            DefaultValueFactory = _ => 256,
        };
        maxNewTokens.Validators.Add(Numbers.AtLeast(1));
        var extract = new Option<string>("--extract")
        {
            Description = "What of a generated text is compared with the answer.",
            DefaultValueFactory = _ => "last_number",
        };
        extract.AcceptOnlyFromAmong("last_number", "whole");
        var stop = new Option<string[]>("--stop") { Description = "A generated text ends before this; may be given several times.", HelpName = "TEXT" };
        var command = host.Create(
            "eval",
            "Measure a checkpoint on a task.",
            "Every sample is kept in the evaluation, whose digest stands behind the scores.",
            "graft eval M2+M1 --task gsm8k_test.jsonl --max-new-tokens 512 --stop \"Question:\"",
            "graft eval M1 --task arc_challenge.jsonl --metric acc_per_char");
        command.Arguments.Add(name);
        foreach (var option in (Option[])[task, metric, maxNewTokens, extract, stop])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var checkpoint = await connection.Store.GetArtifactAsync(result.GetRequiredValue(name), cancellationToken);
            var requests = await Datasets.FindAsync(connection.Store, result.GetRequiredValue(task), cancellationToken);
            TaskRules rules = await Datasets.IsGenerationAsync(connection.Store, requests, cancellationToken)
                ? new GenerationRules(
                    result.GetRequiredValue(maxNewTokens),
                    result.GetValue(stop) ?? [],
                    result.GetRequiredValue(extract) == "whole" ? Extraction.Whole : Extraction.LastNumber)
                : new LogLikelihoodRules();
            var recipe = new EvaluateRecipe(checkpoint.Digest, requests.Digest, rules, EvaluateRecipe.CurrentVersion, DType.F32);
            var outputs = await JobExecution.RunAsync(host, connection, recipe, "eval", cancellationToken);
            var evaluation = outputs[JobExecution.Result];
            var scores = await EvaluationScores.ReadAsync(connection.Store, evaluation, cancellationToken);
            var text = result.GetValue(metric) is { } only ? EvaluationScores.Text(scores, only) : EvaluationScores.Text(scores);
            if (host.IsJson(result))
            {
                scores.Insert(0, "checkpoint", (JsonNode)checkpoint.Digest.ToString());
                scores.Insert(1, "evaluation", (JsonNode)evaluation.ToString());
                JsonOutput.Write(host.Terminal, scores);
                return;
            }

            Terminal.WriteLine(host.Terminal.Output, $"{result.GetRequiredValue(name)}  {text}  {evaluation.Short}");
        });
        return command;
    }
}
