using System.CommandLine;
using Graft.Cli.Connections;
using Graft.Cli.Data;
using Graft.Cli.Imports;
using Graft.Cli.Jobs;
using Graft.Faults;
using Graft.Trainer.Data;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Commands;

/// <summary>graft data inspect</summary>
internal static class DataInspectCommand
{
    public static Command Create(CommandHost host)
    {
        var data = new Argument<string>("DATA") { Description = "A file of rows (.jsonl, .jsonl.gz, .parquet), a folder of them, or a dataset of the store." };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "A folder with tokenizer.json, or a checkpoint or blueprint of the store.",
            HelpName = "DIR|NAME",
            Required = true,
        };
        var maxLength = new Option<int?>("--max-length") { Description = "Longest sequence, as --length of graft train. [default: nothing is cut]", HelpName = "N" };
        maxLength.Validators.Add(Numbers.AtLeast(1));
        var rows = new Option<int>("--rows") { Description = "Rows to show.", HelpName = "N", DefaultValueFactory = _ => 5 };
        rows.Validators.Add(Numbers.AtLeast(0));
        var rules = new RowOptions();
        var command = host.Create(
            "inspect",
            "Show what training makes of a dataset.",
            "What does not count in the loss is dimmed (without colours, what counts stands between >> and <<). Nothing is stored.",
            "graft data inspect gsm8k.jsonl --tokenizer ./OLMo-2-1124-7B --template tulu --max-length 4096",
            "graft data inspect personas --tokenizer M1 --rows 2");
        command.Arguments.Add(data);
        foreach (var option in (Option[])[tokenizer, maxLength, rows, .. rules.All])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            var (where, folder) = (result.GetRequiredValue(data), result.GetRequiredValue(tokenizer));
            // Files need no store.
            await using var connection = Path.Exists(where) && Directory.Exists(folder) ? null : await host.ConnectAsync(result, cancellationToken);
            var files = Directory.Exists(folder)
                ? await TokenizerFiles.OfFolderAsync(folder, cancellationToken)
                : await TokenizerFiles.OfStoreAsync(connection!.Store, folder, cancellationToken);
            var form = await FormAsync(await RowsAsync(connection, where, cancellationToken), where, cancellationToken);
            var encoding = rules.Encoding(result, [form], result.GetValue(maxLength) is { } length ? length + 1 : int.MaxValue);
            var encoder = new RowEncoder(encoding, files.Tokenizer, files.Template);
            var line = new ProgressLine(host.Terminal, $"inspect {where}");
            var inspection = await line.ShowAsync(async () => await Inspection.RunAsync(
                await RowsAsync(connection, where, cancellationToken), encoder, files.Tokenizer, result.GetValue(rows), cancellationToken));
            var template = encoder.TemplateFor(form)?.Name;
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, InspectionJson.Of(inspection, encoding, template));
            }
            else
            {
                InspectionView.Write(host.Terminal.Output, inspection, encoding, template);
            }
        });
        return command;
    }

    private static async Task<IAsyncEnumerable<DataRow>> RowsAsync(Connection? connection, string where, CancellationToken cancellationToken)
    {
        if (Path.Exists(where))
        {
            return LocalRows.ReadAsync(where, cancellationToken);
        }

        var info = await Datasets.FindAsync(connection!.Store, where, cancellationToken);
        return StoredDataset.ReadAsync(connection.Store, info.Digest, "DATA", cancellationToken);
    }

    private static async Task<RowForm> FormAsync(IAsyncEnumerable<DataRow> rows, string where, CancellationToken cancellationToken)
    {
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            return TrainingDataset.FormOf(row);
        }

        throw FaultException.Invalid($"{where} has no rows.");
    }
}
