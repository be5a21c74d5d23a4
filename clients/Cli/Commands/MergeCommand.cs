using System.CommandLine;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;

namespace Graft.Cli.Commands;

/// <summary>graft merge</summary>
internal static class MergeCommand
{
    private const string Base = "base";
    private const string FineTuned = "fine-tuned";

    public static Command Create(CommandHost host)
    {
        var target = new Argument<string>("BASE") { Description = "The checkpoint the vectors are added to: its name or digest." };
        var vectors = new Argument<ScaledName[]>("VECTOR@SCALE")
        {
            Description = "Diff vectors (see graft diff), each with its factor; without one it is 1.",
            Arity = ArgumentArity.OneOrMore,
            CustomParser = ScaledName.ParseAll,
        };
        var name = new Option<string>("--name") { Description = "Name of the merge in the store.", Required = true };
        var config = Provenance(
            "--config-from",
            "Whose config.json the merge gets. fine-tuned is what the study did; choose base when the two differ in something that "
            + "belongs to the base's weights, such as rope scaling.");
        var tokenizer = Provenance(
            "--tokenizer-from",
            "Whose tokenizer the merge gets. fine-tuned brings the chat template and the tokens that the fine-tuning added.");
        var command = host.Create(
            "merge",
            "Add scaled diff vectors to a checkpoint: BASE + sum of SCALE * VECTOR.",
            "Computed wide and rounded once to the element type of the base.",
            "graft merge M2 vec-M1 --name M2+M1",
            "graft merge M3 vec-M1@0.5 vec-M2@0.5 --name M3-both");
        command.Arguments.Add(target);
        command.Arguments.Add(vectors);
        command.Options.Add(name);
        command.Options.Add(config);
        command.Options.Add(tokenizer);
        host.AddConnection(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var recipe = new MergeRecipe(
                (await connection.Store.GetArtifactAsync(result.GetRequiredValue(target), cancellationToken)).Digest,
                await ResolveAsync(connection, result.GetRequiredValue(vectors), cancellationToken),
                Parse(result.GetRequiredValue(config)),
                Parse(result.GetRequiredValue(tokenizer)));
            await MadeArtifact.MakeAsync(host, result, connection, recipe, result.GetRequiredValue(name), cancellationToken);
        });
        return command;
    }

    private static async Task<IReadOnlyList<ScaledVector>> ResolveAsync(
        Connection connection, ScaledName[] names, CancellationToken cancellationToken)
    {
        List<ScaledVector> vectors = [];
        foreach (var (name, scale) in names)
        {
            vectors.Add(new ScaledVector((await connection.Store.GetArtifactAsync(name, cancellationToken)).Digest, scale));
        }

        return vectors;
    }

    private static Option<string> Provenance(string name, string description)
    {
        var option = new Option<string>(name) { Description = description, DefaultValueFactory = _ => FineTuned };
        option.AcceptOnlyFromAmong(Base, FineTuned);
        return option;
    }

    private static Provenance Parse(string word) =>
        word == Base ? Artifacts.Recipes.Provenance.Base : Artifacts.Recipes.Provenance.FineTuned;
}
