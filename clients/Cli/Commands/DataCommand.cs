using System.CommandLine;

namespace Graft.Cli.Commands;

/// <summary>graft data</summary>
internal static class DataCommand
{
    public static Command Create(CommandHost host)
    {
        var command = host.Create(
            "data",
            "Look at training data and bring it into the store.",
            "",
            "graft data inspect gsm8k.jsonl --tokenizer ./OLMo-2-1124-7B --template tulu",
            "graft data import part-0.parquet part-1.parquet --name personas");
        command.Subcommands.Add(DataImportCommand.Create(host));
        command.Subcommands.Add(DataInspectCommand.Create(host));
        host.AddConnection(command);
        return command;
    }
}
