using System.CommandLine;
using Graft.Cli.Examples;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft init</summary>
internal static class InitCommand
{
    private const string DefaultFile = "graft.yaml";

    public static Command Create(CommandHost host)
    {
        var file = new Argument<string>("FILE") { Description = "Where the spec goes.", DefaultValueFactory = _ => DefaultFile };
        var example = new Option<string>("--example")
        {
            Description = "tiny: runs here in minutes, its model and data are written beside the spec. olmo2-7b: the study (arXiv 2503.20110) on five "
                + "checkpoints of OLMo 2 7B; its comments tell how to fetch them.",
            DefaultValueFactory = _ => SpecExample.Tiny,
        };
        example.AcceptOnlyFromAmong(SpecExample.Tiny, SpecExample.Olmo2);
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of specs instead, for editors." };
        var command = host.Create(
            "init",
            "Write a commented spec to start from.",
            "Nothing is overwritten.",
            "graft init",
            "graft init study.yaml --example olmo2-7b");
        command.Arguments.Add(file);
        command.Options.Add(example);
        command.Options.Add(schema);
        host.Run(command, async (result, cancellationToken) =>
        {
            if (result.GetValue(schema))
            {
                Terminal.WriteLine(host.Terminal.Output, SpecSchema.Text.TrimEnd('\n'));
                return;
            }

            var path = result.GetRequiredValue(file);
            var (name, folder) = (result.GetRequiredValue(example), Path.GetDirectoryName(Path.GetFullPath(path))!);
            string[] made = name == SpecExample.Tiny ? [path, Path.Combine(folder, TinyData.Folder)] : [path];
            if (made.FirstOrDefault(Path.Exists) is { } there)
            {
                throw FaultException.Invalid($"{there} is there already, and nothing is overwritten; name another FILE or folder.");
            }

            Directory.CreateDirectory(folder);
            if (name == SpecExample.Tiny)
            {
                await TinyData.WriteAsync(made[1], cancellationToken);
            }

            // The spec comes last: where it is, everything it names is.
            await using (var stream = new FileStream(path, FileMode.CreateNew))
            {
                await stream.WriteAsync(SpecExample.Bytes(name), cancellationToken);
            }

            foreach (var item in made)
            {
                Terminal.WriteLine(host.Terminal.Output, item);
            }
        });
        return command;
    }
}
