using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Graft.Cli.Runs;
using Graft.Coordinator.Plan;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>graft validate</summary>
internal static class ValidateCommand
{
    public static Command Create(CommandHost host)
    {
        var file = new Argument<string?>("FILE") { Description = "The spec, YAML.", Arity = ArgumentArity.ZeroOrOne };
        var schema = new Option<bool>("--schema") { Description = "Print the JSON Schema of specs instead, for editors." };
        var command = host.Create(
            "validate",
            "Tell everything that is wrong with a spec, or what it would make.",
            """
            Reads the spec only: keys, values, names, local paths, tasks. What it names in the store is looked up by
            graft run. Ends with 2 when there is a mistake.
            """,
            "graft validate graft.yaml",
            "graft validate --schema");
        command.Arguments.Add(file);
        command.Options.Add(schema);
        host.AddJson(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(schema) == (result.GetValue(file) is not null))
            {
                result.AddError("Name a FILE, or ask for the --schema.");
            }
        });
        host.Run(command, async (result, cancellationToken) =>
        {
            if (result.GetValue(schema))
            {
                Terminal.WriteLine(host.Terminal.Output, SpecSchema.Text.TrimEnd('\n'));
                return ExitCodes.Done;
            }

            var path = result.GetRequiredValue(file)!;
            if (!File.Exists(path))
            {
                throw FaultException.Invalid($"There is no spec {path}; graft init {path} writes an example.");
            }

            var (spec, mistakes) = SpecCheck.Of(await File.ReadAllTextAsync(path, cancellationToken), Path.GetDirectoryName(Path.GetFullPath(path))!);
            if (host.IsJson(result))
            {
                JsonOutput.Write(host.Terminal, mistakes.Count > 0 ? Json(mistakes) : Json(spec!));
            }
            else if (mistakes.Count > 0)
            {
                foreach (var mistake in mistakes)
                {
                    Terminal.WriteLine(host.Terminal.Error, $"{path}:{mistake.Line}:{mistake.Column}: {mistake.Message}");
                }

                Terminal.WriteLine(host.Terminal.Error, mistakes.Count == 1 ? "1 mistake." : $"{mistakes.Count} mistakes.");
            }
            else
            {
                Terminal.WriteLine(host.Terminal.Output, Text(spec!));
            }

            return mistakes.Count > 0 ? ExitCodes.Usage : ExitCodes.Done;
        });
        return command;
    }

    private static string Text(RunSpec spec)
    {
        var outline = PlanOutline.Of(spec);
        (long Number, string One, string Many)[] parts =
        [
            (outline.Checkpoints, "checkpoint", "checkpoints"),
            (outline.Trainings, "training", "trainings"),
            (outline.Vectors, "vector", "vectors"),
            (outline.Merges, "merge", "merges"),
            (outline.Comparisons, "comparison", "comparisons"),
            (outline.Evaluations, "evaluation", "evaluations"),
        ];
        var counts = parts.Where(part => part.Number > 0).Select(part => $"{Count(part.Number)} {(part.Number == 1 ? part.One : part.Many)}");
        var trained = outline.TrainingSteps > 0 ? $" ({Count(outline.TrainingSteps)} optimizer steps in all)" : "";
        return $"{spec.Name}: {string.Join(", ", counts)}{trained}.";

        static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
    }

    private static JsonObject Json(RunSpec spec)
    {
        var outline = PlanOutline.Of(spec);
        return new JsonObject
        {
            ["valid"] = true,
            ["name"] = spec.Name,
            ["checkpoints"] = outline.Checkpoints,
            ["trainings"] = outline.Trainings,
            ["training_steps"] = outline.TrainingSteps,
            ["vectors"] = outline.Vectors,
            ["merges"] = outline.Merges,
            ["comparisons"] = outline.Comparisons,
            ["evaluations"] = outline.Evaluations,
        };
    }

    private static JsonObject Json(IReadOnlyList<SpecMistake> mistakes) => new()
    {
        ["valid"] = false,
        ["mistakes"] = new JsonArray([.. mistakes.Select(mistake => new JsonObject
        {
            ["line"] = mistake.Line,
            ["column"] = mistake.Column,
            ["message"] = mistake.Message,
        })]),
    };
}
