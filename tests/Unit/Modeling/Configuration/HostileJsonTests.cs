using System.Text;
using Graft.Faults;
using Graft.Modeling.Configuration;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Configuration;

public sealed class HostileJsonTests
{
    [Theory]
    [InlineData(65)]
    [InlineData(1_000_000)]
    public void Deep_nesting_is_refused_and_does_not_end_the_process(int depth)
    {
        var json = Encoding.ASCII.GetBytes($"{{\"a\":{new string('[', depth)}{new string(']', depth)}}}");

        var fault = Assert.Throws<FaultException>(() => JsonFields.Parse("config.json", json));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Contains("config.json is no JSON", fault.Message, StringComparison.Ordinal);
    }
}
