using Graft.Cli.Commands;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

public sealed class FailureTests
{
    [Fact]
    public void A_fault_is_one_line_with_the_next_command()
    {
        var terminal = new TestTerminal(variables: ("GRAFT_COMMAND", "./graft"));

        var code = Failure.Report(FaultException.NotFound("There is no 'M9'"), terminal.Terminal, CancellationToken.None);

        Assert.Equal(1, code);
        Assert.Equal("graft: There is no 'M9'. Try: ./graft ls\n", terminal.Error);
    }

    [Fact]
    public void An_interruption_is_no_failure()
    {
        var terminal = new TestTerminal();

        Assert.Equal(130, Failure.Report(new OperationCanceledException(), terminal.Terminal, new CancellationToken(canceled: true)));

        Assert.Equal("", terminal.Error);
    }

    [Fact]
    public void A_bug_is_called_one()
    {
        var terminal = new TestTerminal();

        Assert.Equal(1, Failure.Report(new InvalidOperationException("odd"), terminal.Terminal, CancellationToken.None));

        Assert.Equal("graft: This is a bug of Graft: odd. Try: GRAFT_DEBUG=1 graft .. and report what it prints\n", terminal.Error);
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Stacks_are_shown_to_those_who_ask(string value, bool isShown)
    {
        var terminal = new TestTerminal(variables: ("GRAFT_DEBUG", value));

        Failure.Report(new InvalidOperationException("odd"), terminal.Terminal, CancellationToken.None);

        Assert.Equal(isShown, terminal.Error.Contains(nameof(InvalidOperationException), StringComparison.Ordinal));
    }
}
