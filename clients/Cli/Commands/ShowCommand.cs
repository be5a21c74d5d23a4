using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;
using Graft.Client;

namespace Graft.Cli.Commands;

/// <summary>graft show</summary>
internal static class ShowCommand
{
    public static Command Create(CommandHost host)
    {
        var name = new Argument<string>("NAME") { Description = "A name or digest of the store." };
        var weights = new Option<bool>("--weights")
        {
            Description = "Also the digest of the weights alone, as other tools can compute it: SHA-256 over the tensors in order of their "
                + "names, each name's UTF-8 bytes and then its raw bytes.",
        };
        var tensor = new Option<string?>("--tensor") { Description = "Also the first rows of this tensor; nothing else of it is read.", HelpName = "TENSOR" };
        var rows = new Option<(long First, long Count)>("--rows")
        {
            Description = "Which rows of the tensor: the first one, counted from 0, and how many.",
            HelpName = "FIRST:COUNT",
            DefaultValueFactory = _ => (0, 4),
            CustomParser = result => ParseRows(result),
        };
        var command = host.Create(
            "show",
            "Show what an artifact is.",
            "",
            "graft show M1",
            "graft show M2+M1 --weights --json",
            "graft show M1 --tensor lm_head.weight --rows 100:2");
        command.Arguments.Add(name);
        command.Options.Add(weights);
        command.Options.Add(tensor);
        command.Options.Add(rows);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var info = await connection.Store.GetArtifactAsync(result.GetRequiredValue(name), cancellationToken);
            var facts = await FactsAsync(connection, info, cancellationToken);
            if (result.GetValue(weights))
            {
                var line = new ProgressLine(host.Terminal, "weights");
                facts["weights_sha256"] = await line.ShowAsync(() => WeightDigest.ComputeAsync(connection.Store, info.Manifest, cancellationToken));
            }

            if (result.GetValue(tensor) is { } wanted)
            {
                facts["tensor"] = await TensorRows.ReadAsync(connection.Store, info.Manifest, wanted, result.GetValue(rows), cancellationToken);
            }

            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, facts);
            }
            else
            {
                Print(host.Terminal, facts);
            }
        });
        return command;
    }

    private static async Task<JsonObject> FactsAsync(Connection connection, ArtifactInfo info, CancellationToken cancellationToken)
    {
        var manifest = info.Manifest;
        var facts = new JsonObject
        {
            ["digest"] = info.Digest.ToString(),
            ["kind"] = manifest.Kind.ToString(),
            ["logical_size"] = info.LogicalSize,
            ["stored_size"] = info.StoredSize,
        };
        if (manifest.Tensors.Count > 0)
        {
            facts["parameters"] = manifest.Tensors.Sum(tensor => tensor.Elements);
            facts["tensors"] = manifest.Tensors.Count;
            facts["dtypes"] = string.Join(", ", manifest.Tensors.Select(tensor => tensor.DType).Distinct().Order());
        }

        if (manifest.Files.Count > 0)
        {
            facts["files"] = new JsonArray([.. manifest.Files.Select(file => (JsonNode)file.Path)]);
        }

        if (manifest.DiffVector is { } vector)
        {
            facts["fine_tuned"] = vector.FineTuned.ToString();
            facts["pretrained"] = vector.Pretrained.ToString();
            facts["norm"] = Norm(vector.Norms.Select(norm => norm.Vector));
            facts["relative_norm"] = Norm(vector.Norms.Select(norm => norm.Vector)) / Norm(vector.Norms.Select(norm => norm.Base));
        }

        if (manifest.Kind == ArtifactKind.Evaluation)
        {
            facts["scores"] = await EvaluationScores.ReadAsync(connection.Store, info.Digest, cancellationToken);
        }

        return facts;
    }

    // Norms of disjoint parts add as squares.
    private static double Norm(IEnumerable<double> norms) => Math.Sqrt(norms.Sum(norm => norm * norm));

    private static void Print(Terminal terminal, JsonObject facts)
    {
        var width = facts.Max(fact => fact.Key.Length);
        foreach (var (key, value) in facts.Where(fact => fact.Key != "tensor"))
        {
            var text = value switch
            {
                JsonArray list => string.Join(", ", list),
                JsonObject scores => EvaluationScores.Text(scores),
                JsonValue number when key.EndsWith("_size", StringComparison.Ordinal) => Sizes.Text(number.GetValue<long>()),
                _ => $"{value}",
            };
            Terminal.WriteLine(terminal.Output, $"{key.Replace('_', ' ').PadRight(width)}  {text}");
        }

        foreach (var line in facts["tensor"] is JsonObject tensor ? TensorRows.Lines(tensor) : [])
        {
            Terminal.WriteLine(terminal.Output, line);
        }
    }

    private static (long First, long Count) ParseRows(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (text.Split(':') is [var first, var count]
            && long.TryParse(first, out var row) && row >= 0
            && long.TryParse(count, out var rows) && rows > 0)
        {
            return (row, rows);
        }

        result.AddError($"--rows is '{text}'; write the first row and how many, such as 0:4.");
        return default;
    }
}
