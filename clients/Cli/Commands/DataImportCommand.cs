using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Cli.Data;
using Graft.Cli.Imports;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft data import</summary>
internal static class DataImportCommand
{
    public static Command Create(CommandHost host)
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Files of rows (.jsonl, .jsonl.gz, .parquet) or folders of them; together they are one dataset, in the order of their names.",
            Arity = ArgumentArity.OneOrMore,
        };
        var name = new Option<string>("--name") { Description = "Name in the store.", Required = true };
        var command = host.Create(
            "import",
            "Bring files of rows into the store as one dataset.",
            "Every row is read first, so that one of the wrong type is found now and not when training comes to it. Rows hold {\"text\"}, "
            + "{\"prompt\", \"completion\"} or {\"messages\": [{\"role\", \"content\"}]}.",
            "graft data import gsm8k.jsonl --name gsm8k",
            "graft data import part-0.parquet part-1.parquet --name personas");
        command.Arguments.Add(files);
        command.Options.Add(name);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            List<string> paths = [.. result.GetRequiredValue(files).SelectMany(LocalRows.Files).OrderBy(Path.GetFileName, StringComparer.Ordinal)];
            var line = new ProgressLine(host.Terminal, "read");
            var rows = await line.ShowAsync(() => CountAsync(paths, line, cancellationToken));
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var digest = await new ProgressLine(host.Terminal, "send").ShowAsync(async () =>
            {
                var manifest = await LocalImport.DatasetAsync(connection.Store, paths, cancellationToken);
                return await connection.Store.PutArtifactAsync(manifest, result.GetRequiredValue(name), cancellationToken);
            });
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, new JsonObject
                {
                    ["name"] = result.GetRequiredValue(name),
                    ["digest"] = digest.ToString(),
                    ["kind"] = ArtifactKind.Dataset.ToString(),
                    ["rows"] = rows,
                    ["files"] = new JsonArray([.. paths.Select(path => (JsonNode)Path.GetFileName(path))]),
                });
                return;
            }

            Terminal.WriteLine(host.Terminal.Output, $"{result.GetRequiredValue(name)}  {ArtifactKind.Dataset}  {digest}  {rows:N0} rows");
        });
        return command;
    }

    private static async Task<long> CountAsync(IReadOnlyList<string> paths, ProgressLine line, CancellationToken cancellationToken)
    {
        var rows = 0L;
        foreach (var path in paths)
        {
            await foreach (var row in LocalRows.ReadAsync(path, cancellationToken))
            {
                if (++rows % 10_000 == 0)
                {
                    line.Report($"{row.Place}");
                }
            }
        }

        return rows;
    }
}
