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
        Assert.Equal(["demo", "plan", "run", "runs", "cancel", "retry", "verify-run", "serve", "import", "export", "diff", "merge", "interpolate", "compare", "eval", "samples", "train", "watch", "data", "ls", "show", "tag", "rm", "lineage", "du", "verify", "gc"], Root(new TestTerminal()).Subcommands.Select(command => command.Name));

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
    [InlineData("merge M1", "graft: Name the base and at least one vector; or for folders give --base, --vector and --out. Try: graft merge --help\n")]
    [InlineData("merge M1 V", "graft: Option '--name' is required. Try: graft merge --help\n")]
    [InlineData("merge --base M1 --out X", "graft: A merge of folders needs --base, --vector and --out. Try: graft merge --help\n")]
    [InlineData("merge M2 --base M1 --vector F:P --out X", "graft: Name a merge in the store, or folders, not both. Try: graft merge --help\n")]
    [InlineData("merge --base M1 --vector F --out X", "graft: 'F' is no vector of two folders; write FT_DIR:PT_DIR or FT_DIR:PT_DIR@SCALE, with a number other than 0. Try: graft merge --help\n")]
    [InlineData("merge --base M1 --vector F:P --out X --shard-size 5XB", "graft: --shard-size is '5XB'; write a number of bytes with a unit, such as 5GB or 500MiB. Try: graft merge --help\n")]
    [InlineData("merge M1 V --name X --scale-tensors mlp", "graft: 'mlp' is no pattern with a factor; write PATTERN=FACTOR, such as 'model.layers.*.mlp.*=0.5'. Try: graft merge --help\n")]
    [InlineData("merge M1 V --name X --density 2", "graft: --density is 2; 0 to 1 is expected. Try: graft merge --help\n")]
    [InlineData("interpolate A B --at 0.5", "graft: Give --at and --name for one point, or --points and --name-prefix for the way. Try: graft interpolate --help\n")]
    [InlineData("interpolate A B --points 1 --name-prefix p", "graft: --points is 1; 2 to 1001 is expected. Try: graft interpolate --help\n")]
    [InlineData("ls --server nowhere", "graft: --server is 'nowhere'; write an address such as http://127.0.0.1:8080. Try: graft ls --help\n")]
    [InlineData("import here", "graft: Option '--name' is required. Try: graft import --help\n")]
    [InlineData("eval M1 --task t.jsonl --max-new-tokens 0", "graft: --max-new-tokens is 0; 1 or more is expected. Try: graft eval --help\n")]
    [InlineData("gc --grace soon", "graft: --grace is 'soon'; write a number and s, m, h or d, such as 24h. Try: graft gc --help\n")]
    [InlineData("gc --forget-results -1d", "graft: --forget-results is '-1d'; write a number and s, m, h or d, such as 24h. Try: graft gc --help\n")]
    [InlineData("lineage M1 --depth -1", "graft: --depth is -1; 0 or more is expected. Try: graft lineage --help\n")]
    [InlineData("verify", "graft: Name an artifact, or everything with --all. Try: graft verify --help\n")]
    [InlineData("verify M1 --all", "graft: Name an artifact, or everything with --all; not both. Try: graft verify --help\n")]
    [InlineData("rm", "graft: Required argument 'NAME' missing for command: 'rm'. Try: graft rm --help\n")]
    [InlineData("tag M1", "graft: Required argument 'NEWNAME' missing for command: 'tag'. Try: graft tag --help\n")]
    [InlineData("eval M1", "graft: Say what is measured: --task NAME, FILE.yaml or FILE.jsonl. Try: graft eval --help\n")]
    [InlineData("eval --task gsm8k::olmes", "graft: Say which checkpoint is measured: NAME. Try: graft eval --help\n")]
    [InlineData("eval M1 --compare A B", "graft: --compare compares two evaluations that are there already; leave NAME and --task away. Try: graft eval --help\n")]
    [InlineData("eval M1 --task x --top-p 2", "graft: --top-p is 2; 0 to 1 is expected. Try: graft eval --help\n")]
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
