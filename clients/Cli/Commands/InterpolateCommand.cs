using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;
using Graft.Cli.Jobs;

namespace Graft.Cli.Commands;

/// <summary>graft interpolate</summary>
internal static class InterpolateCommand
{
    private const int MaxPoints = 1001;

    public static Command Create(CommandHost host)
    {
        var from = new Argument<string>("A") { Description = "The checkpoint at 0: its name or digest." };
        var to = new Argument<string>("B") { Description = "The checkpoint at 1." };
        var at = new Option<double?>("--at") { Description = "The point between them: (1 - X) * A + X * B.", HelpName = "X" };
        var name = new Option<string?>("--name") { Description = "Name of the point in the store." };
        var points = new Option<int?>("--points") { Description = "So many points of the way from A to B, both ends among them.", HelpName = "N" };
        var prefix = new Option<string?>("--name-prefix") { Description = "Beginning of their names; 'path' makes path-0, path-0.1 and so on." };
        points.Validators.Add(Numbers.Within(2, MaxPoints));
        var options = new MergeOptions();
        var command = host.Create(
            "interpolate",
            "Make a point, or the whole way, between two checkpoints.",
            """
            Each weight is (1 - X) * A + X * B, computed wide and rounded once; at 0 and 1 it is that of A and B bit for bit.
            Scores along the way tell whether there is a barrier between the two: graft eval measures each point.
            """,
            "graft interpolate M1 M1-FT --at 0.25 --name M1-quarter",
            "graft interpolate M1-FT M2-FT --points 11 --name-prefix path");
        command.Arguments.Add(from);
        command.Arguments.Add(to);
        foreach (var option in (Option[])[at, name, points, prefix, .. options.OfResult])
        {
            command.Options.Add(option);
        }

        host.AddConnection(command);
        command.Validators.Add(result => Check(result, at, name, points, prefix));
        host.Run(command, async (result, cancellationToken) =>
        {
            await using var connection = await host.ConnectAsync(result, cancellationToken);
            var start = (await connection.Store.GetArtifactAsync(result.GetRequiredValue(from), cancellationToken)).Digest;
            var end = (await connection.Store.GetArtifactAsync(result.GetRequiredValue(to), cancellationToken)).Digest;
            var way = await MakeAsync(host, connection, new ExtractRecipe(end, start), "difference", cancellationToken);
            List<(double At, string Name, Digest Digest)> made = [];
            foreach (var (point, title) in Points(result.GetValue(at), result.GetValue(name), result.GetValue(points), result.GetValue(prefix)))
            {
                var recipe = options.Recipe(result, start, [new ScaledVector(way, point)], new MergeMethod.Interpolation());
                var digest = await MakeAsync(host, connection, recipe, title, cancellationToken);
                await connection.Store.SetNameAsync(title, digest, cancellationToken);
                made.Add((point, title, digest));
            }

            Show(host, result, made);
        });
        return command;
    }

    /// <summary>Where the points lie, and their names.</summary>
    internal static IEnumerable<(double At, string Name)> Points(double? at, string? name, int? points, string? prefix) => points is { } count
        ? Enumerable.Range(0, count).Select(i => (double)i / (count - 1))
            .Select(point => (point, $"{prefix}-{point.ToString("0.####", CultureInfo.InvariantCulture)}"))
        : [(at!.Value, name!)];

    private static void Check(CommandResult result, Option at, Option name, Option points, Option prefix)
    {
        bool Has(Option option) => result.GetResult(option) is { Implicit: false };
        if ((Has(at), Has(name), Has(points), Has(prefix)) is not ((true, true, false, false) or (false, false, true, true)))
        {
            result.AddError("Give --at and --name for one point, or --points and --name-prefix for the way.");
        }
    }

    private static async Task<Digest> MakeAsync(
        CommandHost host, Connection connection, Recipe recipe, string title, CancellationToken cancellationToken) =>
        (await JobExecution.RunAsync(host, connection, recipe, title, cancellationToken))[JobExecution.Result];

    private static void Show(CommandHost host, ParseResult result, IReadOnlyList<(double At, string Name, Digest Digest)> made)
    {
        if (host.IsJson(result))
        {
            JsonOutput.Write(host.Terminal, new JsonArray([.. made.Select(point => new JsonObject
            {
                ["at"] = point.At,
                ["name"] = point.Name,
                ["digest"] = point.Digest.ToString(),
            })]));
            return;
        }

        foreach (var (at, name, digest) in made)
        {
            Terminal.WriteLine(host.Terminal.Output, string.Create(CultureInfo.InvariantCulture, $"{name}  {at:0.####}  {digest}"));
        }
    }
}
