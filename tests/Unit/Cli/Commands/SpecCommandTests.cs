using System.Text.Json.Nodes;
using Graft.Cli.Commands;
using Graft.Cli.Examples;
using Graft.Coordinator.Spec;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

/// <summary>graft init and graft validate.</summary>
public sealed class SpecCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-test-").FullName;

    private string Spec => Path.Combine(_folder, "graft.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_tiny_example_comes_with_its_data_and_is_valid()
    {
        var (code, output, _) = await RunAsync("init", Spec);

        Assert.Equal(0, code);
        Assert.Equal($"{Spec}\n{Path.Combine(_folder, TinyData.Folder)}\n", output);
        (code, output, _) = await RunAsync("validate", Spec);
        Assert.Equal(0, code);

        // 3 fine-tunings, 3 forward cells, 2 recurrent and 3 controls for each of two seeds, and one pretraining.
        Assert.StartsWith("tiny: 3 checkpoints, 23 trainings, ", output);
        Assert.Contains("(2,620 optimizer steps in all)", output);
    }

    [Fact]
    public async Task The_example_of_the_study_is_valid()
    {
        Assert.Equal(0, (await RunAsync("init", Spec, "--example", "olmo2-7b")).Code);

        var (code, output, _) = await RunAsync("validate", Spec, "--json");
        var told = JsonNode.Parse(output)!;
        Assert.Equal(0, code);
        Assert.True((bool)told["valid"]!);

        // 5 fine-tunings, 10 forward cells (the 4 one-step ones are among them), 4 recurrent ones, 5 controls, of 30,000 steps each.
        Assert.Equal((5, 24, 720_000L), ((int)told["checkpoints"]!, (int)told["trainings"]!, (long)told["training_steps"]!));
        Assert.Equal(2, (int)told["comparisons"]!);
    }

    [Theory]
    [InlineData("graft.yaml")]
    [InlineData("tiny-data")]
    public async Task Nothing_is_overwritten(string name)
    {
        var path = Path.Combine(_folder, name);
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);

        var (code, _, error) = await RunAsync("init", Spec);

        Assert.Equal(1, code);
        Assert.StartsWith($"graft: {path} is there already, and nothing is overwritten", error);
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Every_mistake_is_told_at_once_with_its_place()
    {
        await File.WriteAllTextAsync(
            Spec,
            """
            name: x
            trajectry: {M1: ./M1}
            trajectory: {M1: ./nowhere, M2: store/M2}
            tasks:
              a: {task: "gsm8k::olms", data: ./no.jsonl, few_shot: shots, metric: exact_match}
              b: {task: "gsm8k::olmes", data: rows, metric: exact_match}
              c: {described: {prompt: "{q}"}, data: rows, metric: exact_match}
            """,
            TestContext.Current.CancellationToken);

        var (code, output, error) = await RunAsync("validate", Spec);

        Assert.Equal((2, ""), (code, output));
        Assert.Equal(
            [
                $"{Spec}:2:1: unknown key 'trajectry'; the keys here are name, seed, seeds, trajectory, pretrain, finetune, vectors, tasks, experiments",
                $"{Spec}:3:18: trajectory.M1 is './nowhere', but there is no folder {Path.Combine(_folder, "nowhere")}",
                $"{Spec}:5:13: There is no task 'gsm8k::olms'; these are known: gsm8k::olmes, gsm8k::tulu, minerva_math::olmes, minerva_math::tulu, arc_challenge:mc::olmes, arc_challenge:rc::olmes, drop::olmes, drop::llama3, naturalqs::olmes.",
                $"{Spec}:5:34: tasks.a.data is './no.jsonl', but there is no {Path.Combine(_folder, "no.jsonl")}",
                $"{Spec}:6:13: gsm8k::olmes shows examples before each question; name them with few_shot",
            ],
            error.Split('\n')[..5]);
        Assert.StartsWith($"{Spec}:7:18: The task's description, line 1: generate: or choose: must say what is asked of the model", error.Split('\n')[5]);
        Assert.Equal("6 mistakes.", error.Split('\n')[6]);
    }

    [Fact]
    public async Task Mistakes_can_be_read_by_machines()
    {
        await File.WriteAllTextAsync(Spec, "name: x\ntrajectory: {M1: a}\nseed: no", TestContext.Current.CancellationToken);

        var (code, output, error) = await RunAsync("validate", Spec, "--json");

        var mistake = Assert.Single(JsonNode.Parse(output)!["mistakes"]!.AsArray())!;
        Assert.Equal((2, ""), (code, error));
        Assert.Equal((3, 7, "seed must be a whole number, 0 or more, not 'no'"), ((int)mistake["line"]!, (int)mistake["column"]!, (string)mistake["message"]!));
    }

    [Theory]
    [InlineData("init")]
    [InlineData("validate")]
    public async Task Both_print_the_schema(string command) => Assert.Equal((0, SpecSchema.Text, ""), await RunAsync(command, "--schema"));

    [Fact]
    public async Task A_spec_that_is_not_there_is_named()
    {
        var (code, _, error) = await RunAsync("validate", Spec);

        Assert.Equal((1, $"graft: There is no spec {Spec}; graft init {Spec} writes an example.\n"), (code, error));
    }

    [Theory]
    [InlineData("validate")]
    [InlineData("validate", "x.yaml", "--schema")]
    public async Task A_file_or_the_schema(params string[] line) => Assert.Equal(
        (2, "", "graft: Name a FILE, or ask for the --schema. Try: graft validate --help\n"), await RunAsync(line));

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] line)
    {
        var terminal = new TestTerminal();
        var code = await GraftCommand.RunAsync(line, terminal.Terminal);
        return (code, terminal.Output, terminal.Error);
    }
}
