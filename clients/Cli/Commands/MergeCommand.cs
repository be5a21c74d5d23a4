using System.CommandLine;
using System.CommandLine.Parsing;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;

namespace Graft.Cli.Commands;

/// <summary>graft merge</summary>
internal static class MergeCommand
{
    public static Command Create(CommandHost host)
    {
        var target = new Argument<string?>("BASE")
        {
            Description = "The checkpoint the vectors are added to: its name or digest.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var vectors = new Argument<ScaledName[]>("VECTOR@SCALE")
        {
            Description = "Diff vectors (see graft diff), each with its factor; without one it is 1.",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ScaledName.ParseAll,
        };
        var name = new Option<string?>("--name") { Description = "Name of the merge in the store." };
        var dryRun = new Option<bool>("--dry-run")
        {
            Description = "Read headers only, and tell everything that does not fit, or what it would read, write, hold and take.",
        };
        var options = new MergeOptions();
        var folders = new FolderMergeOptions();
        var command = host.Create(
            "merge",
            "Add scaled diff vectors to a checkpoint: BASE + sum of SCALE * VECTOR.",
            """
            Computed wide and rounded once to the element type of the base. With --base, --vector and --out it works
            on folders as Hugging Face writes them and needs neither store nor server.
            """,
            "graft merge M2 vec-M1 --name M2+M1",
            "graft merge M3 vec-M1@0.5 vec-M2@0.5 --name M3-both",
            "graft merge M3 vec-M1 vec-M2 --method ties --density 0.2 --name M3-ties",
            "graft merge --base ./M2 --vector ./M1-FT:./M1@1.0 --out ./M2-recycled");
        command.Arguments.Add(target);
        command.Arguments.Add(vectors);
        foreach (var option in (Option[])[name, .. options.All, dryRun, .. folders.All])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        command.Validators.Add(result => Check(result, target, vectors, name, dryRun, folders));
        host.Run(command, async (result, cancellationToken) =>
        {
            if (options.Mistake(result) is { } mistake)
            {
                throw Faults.FaultException.Invalid(mistake);
            }

            if (folders.AreUsed(result.CommandResult))
            {
                await FolderMergeRun.RunAsync(host, result, folders.Settings(result, options), result.GetValue(dryRun), cancellationToken);
                return;
            }

            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var recipe = options.Recipe(
                result,
                (await connection.Store.GetArtifactAsync(result.GetValue(target)!, cancellationToken)).Digest,
                await ResolveAsync(connection, result, result.GetValue(vectors)!, options, cancellationToken),
                options.Method(result));
            if (result.GetValue(dryRun))
            {
                var plan = PreflightView.Of(await connection.Workers.PlanMergeAsync(recipe, cancellationToken));
                plan.Show(host.Terminal, host.IsJson(result));
                plan.ThrowIfRefused();
                return;
            }

            await MadeArtifact.MakeAsync(host, result, connection, recipe, result.GetValue(name)!, cancellationToken);
        });
        return command;
    }

    private static void Check(
        CommandResult result,
        Argument<string?> target,
        Argument<ScaledName[]> vectors,
        Option<string?> name,
        Option<bool> dryRun,
        FolderMergeOptions folders)
    {
        if (folders.AreUsed(result))
        {
            var isMixed = result.GetResult(target) is { Tokens.Count: > 0 } || result.GetResult(name) is { Implicit: false };
            if ((isMixed ? "Name a merge in the store, or folders, not both." : folders.Mistake(result)) is { } mistake)
            {
                result.AddError(mistake);
            }
        }
        else if (result.GetResult(vectors) is not { Tokens.Count: > 0 })
        {
            result.AddError("Name the base and at least one vector; or for folders give --base, --vector and --out.");
        }
        else if (result.GetResult(name) is null && result.GetResult(dryRun) is not { Implicit: false })
        {
            result.AddError("Option '--name' is required.");
        }
    }

    private static async Task<IReadOnlyList<ScaledVector>> ResolveAsync(
        Connection connection, ParseResult result, ScaledName[] names, MergeOptions options, CancellationToken cancellationToken)
    {
        List<ScaledVector> vectors = [];
        foreach (var (name, scale) in names)
        {
            vectors.Add(new ScaledVector(
                (await connection.Store.GetArtifactAsync(name, cancellationToken)).Digest, options.Scale(result, scale, names.Length)));
        }

        return vectors;
    }
}
