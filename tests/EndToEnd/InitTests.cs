using System.Text.Json.Nodes;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>The tiny example of graft init, at a twentieth of its steps: every experiment, through all services.</summary>
public class InitTests
{
    private static readonly (string From, string To)[] _smaller =
    [
        ("steps: 1000", "steps: 50"), ("steps: 300", "steps: 15"), ("warmup: 50", "warmup: 2"), ("{M1: 600, M2: 1000, M3: 1300}", "{M1: 30, M2: 50, M3: 65}"),
        ("steps: 60", "steps: 6"), ("every: 20", "every: 2"), ("warmup: 6", "warmup: 1"), ("[20, last]", "[2, last]"),
    ];

    [Fact]
    public async Task The_tiny_example_runs_with_every_experiment()
    {
        using var folder = new TemporaryFolder();
        var spec = folder["graft.yaml"];
        await GraftProcess.RunAsync("init", spec);
        var yaml = await File.ReadAllTextAsync(spec, TestContext.Current.CancellationToken);
        foreach (var (from, to) in _smaller)
        {
            Assert.Contains(from, yaml, StringComparison.Ordinal);
            yaml = yaml.Replace(from, to, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(spec, yaml, TestContext.Current.CancellationToken);
        Assert.StartsWith("tiny: 3 checkpoints, 23 trainings, ", await GraftProcess.RunAsync("validate", spec), StringComparison.Ordinal);

        await GraftProcess.RunAsync("run", spec, "--store", folder["store"], "--out", folder["out"]);

        var names = JsonNode.Parse(await GraftProcess.RunAsync("ls", "tiny/", "--store", folder["store"], "--json"))!.AsArray()
            .ToDictionary(name => (string)name!["name"]!, name => (string)name!["digest"]!);
        string[] shared = ["M1", "M2", "M3", "compare/bases"];
        string[] seeded =
        [
            "M1-FT/2", "M1-FT", "M3-FT-CT", "vec-M1", "vec-M1/step-2", "M1+M3", "M1+M3/0.5", "M1+M3/step-2/0.5", "M3+M1-CT/4", "M2+rec", "M3+rec-CT",
            "M3+M2/0.25", "M3+M2/barrier/0.25", "soup/mean", "soup/ties", "compare/vectors",
        ];
        Assert.DoesNotContain(shared.Concat(seeded.Select(name => $"seed-0/{name}")).Concat(seeded.Select(name => $"seed-1/{name}")), name => !names.ContainsKey($"tiny/{name}"));
        Assert.All(seeded, name => Assert.NotEqual(names[$"tiny/seed-0/{name}"], names[$"tiny/seed-1/{name}"]));

        // The first round of recurrent merging is one-step merging; the second is not.
        Assert.Equal(names["tiny/seed-1/M2+M1-CT"], names["tiny/seed-1/M2+rec-CT"]);
        Assert.NotEqual(names["tiny/seed-1/M3+M2-CT"], names["tiny/seed-1/M3+rec-CT"]);
    }
}
