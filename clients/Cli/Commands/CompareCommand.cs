using System.CommandLine;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Jobs;
using Graft.Cli.Report.Geometry;

namespace Graft.Cli.Commands;

/// <summary>graft compare</summary>
internal static class CompareCommand
{
    public static Command Create(CommandHost host)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Two or more diff vectors, or two or more checkpoints: names or digests.",
            Arity = new ArgumentArity(2, ArgumentArity.OneOrMore.MaximumNumberOfValues),
        };
        var html = new Option<string?>("--html") { Description = "Also write a page with a plot of the cosines by layer.", HelpName = "FILE" };
        var name = new Option<string?>("--name") { Description = "Name of the comparison in the store." };
        var command = host.Create(
            "compare",
            "Tell how diff vectors, or checkpoints, lie to each other: norms, cosines, signs, what is equal.",
            "Per tensor in the file comparison.json of the result (--json prints it), per layer on the terminal.",
            "graft compare vec-M1 vec-M2 vec-M3",
            "graft compare M1 M1-FT --html comparison.html");
        command.Arguments.Add(names);
        command.Options.Add(html);
        command.Options.Add(name);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var references = result.GetRequiredValue(names);
            List<Digest> artifacts = [];
            foreach (var reference in references)
            {
                artifacts.Add((await connection.Store.GetArtifactAsync(reference, cancellationToken)).Digest);
            }

            var outputs = await JobExecution.RunAsync(host, connection, new CompareRecipe(artifacts), "compare", cancellationToken);
            var digest = outputs[JobExecution.Result];
            if (result.GetValue(name) is { } title)
            {
                await connection.Store.SetNameAsync(title, digest, cancellationToken);
            }

            var manifest = (await connection.Store.GetArtifactAsync(digest.ToString(), cancellationToken)).Manifest;
            var file = manifest.File(WeightComparison.File)
                ?? throw Faults.FaultException.Corrupt($"The comparison {digest} has no {WeightComparison.File}; is the server of another version?");
            var json = await connection.Store.ReadAsync(file.Sha256, file.Size, cancellationToken);
            var comparison = WeightComparison.Parse(json, [.. references.Select(Short)]);
            if (result.GetValue(html) is { } path)
            {
                await File.WriteAllTextAsync(Path.GetFullPath(path), ComparisonPage.Render(comparison), cancellationToken);
            }

            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, JsonNode.Parse(json)!);
                return;
            }

            ComparisonTable.Write(host.Terminal.Output, comparison);
            Terminal.WriteLine(host.Terminal.Output, $"Evaluation  {digest}");
        });
        return command;
    }

    private static string Short(string reference) => Digest.TryParse(reference, out var digest) ? digest.Short : reference;
}
