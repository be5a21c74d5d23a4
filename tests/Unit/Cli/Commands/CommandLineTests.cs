using System.CommandLine;
using Graft.Cli;
using Graft.Cli.Commands;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

public sealed class CommandLineTests
{
    public static TheoryData<string> Names => [.. Root(new TestTerminal()).Subcommands.Select(command => command.Name)];

    [Fact]
    public void These_are_the_commands() =>
        Assert.Equal(["demo", "run", "serve", "import", "export", "diff", "merge", "eval", "train", "data", "ls", "show"], Root(new TestTerminal()).Subcommands.Select(command => command.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Every_command_teaches_itself_with_an_example(string name)
    {
        var terminal = new TestTerminal();

        Assert.Equal(0, await GraftCommand.RunAsync([name, "--help"], terminal.Terminal));

        Assert.Contains("Example", terminal.Output);
        Assert.Contains($"  graft {name}", terminal.Output);
        Assert.Contains("--store <DIR>", terminal.Output);
        Assert.Equal("", terminal.Error);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task An_example_is_a_valid_command_line(string name)
    {
        var terminal = new TestTerminal();
        await GraftCommand.RunAsync([name, "--help"], terminal.Terminal);
        var examples = terminal.Output.Split('\n').SkipWhile(line => !line.StartsWith("Example", StringComparison.Ordinal)).Where(line => line.StartsWith("  graft ", StringComparison.Ordinal));

        Assert.All(examples, example => Assert.Empty(Root(terminal).Parse(example["  graft ".Length..]).Errors));
    }

    [Theory]
    [InlineData("mrge", "graft: 'mrge' is nothing that graft knows; did you mean merge? Try: graft --help\n")]
    [InlineData("ls --jsn", "graft: '--jsn' is nothing that graft ls knows; did you mean --json? Try: graft ls --help\n")]
    [InlineData("demo --preset big", "graft: Argument 'big' not recognized. Must be one of: 'full' 'quick' 'smoke' Try: graft demo --help\n")]
    [InlineData("demo --seed -1", "graft: --seed is -1; 0 or more is expected. Try: graft demo --help\n")]
    [InlineData("merge M1 V@0 --name X", "graft: 'V@0' is no vector with a scale; write NAME@SCALE with a number other than 0, such as vec-M1@0.5. Try: graft merge --help\n")]
    [InlineData("ls --server nowhere", "graft: --server is 'nowhere'; write an address such as http://127.0.0.1:8080. Try: graft ls --help\n")]
    [InlineData("import here", "graft: Option '--name' is required. Try: graft import --help\n")]
    [InlineData("eval M1 --task t.jsonl --max-new-tokens 0", "graft: --max-new-tokens is 0; 1 or more is expected. Try: graft eval --help\n")]
    [InlineData("train --start M --data d --steps 5 --name X --beta1 2", "graft: --beta1 is 2; 0 to 1 is expected. Try: graft train --help\n")]
    public async Task A_wrong_command_line_is_told_in_one_line(string line, string expected)
    {
        var terminal = new TestTerminal();

        Assert.Equal(2, await GraftCommand.RunAsync(line.Split(' '), terminal.Terminal));

        Assert.Equal(expected, terminal.Error);
        Assert.Equal("", terminal.Output);
    }

    [Fact]
    public async Task Without_a_command_there_is_help()
    {
        var terminal = new TestTerminal();

        Assert.Equal(2, await GraftCommand.RunAsync([], terminal.Terminal));

        Assert.Contains("Commands:", terminal.Output);
    }

    [Fact]
    public async Task A_missing_spec_is_a_failure_not_a_bug()
    {
        var terminal = new TestTerminal();

        Assert.Equal(1, await GraftCommand.RunAsync(["run", "/nowhere/study.yaml"], terminal.Terminal));

        Assert.StartsWith("graft: There is no spec /nowhere/study.yaml", terminal.Error);
        Assert.Single(terminal.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public void The_command_to_go_on_with_is_the_one_that_was_typed()
    {
        var terminal = new TestTerminal(variables: ("GRAFT_COMMAND", "./graft")).Terminal;
        using var interruption = new Interruption(terminal.Time);

        var host = new CommandHost(terminal, interruption, ["demo", "--out", "my results", "--store", "it's"]);

        Assert.Equal(@"./graft demo --out 'my results' --store 'it'\''s'", host.CommandLine);
    }

    private static RootCommand Root(TestTerminal terminal) => GraftCommand.Create(new CommandHost(terminal.Terminal, new Interruption(TimeProvider.System), []));
}
