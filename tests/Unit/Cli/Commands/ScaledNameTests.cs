using Graft.Cli.Commands;
using Xunit;

namespace Graft.Tests.Unit.Cli.Commands;

public sealed class ScaledNameTests
{
    [Theory]
    [InlineData("V@1.0", "V", 1.0)]
    [InlineData("V", "V", 1.0)]
    [InlineData("demo/seed-0/full/vec-M1@0.5", "demo/seed-0/full/vec-M1", 0.5)]
    [InlineData("V@-1", "V", -1.0)]
    [InlineData("V@1e-2", "V", 0.01)]
    public void A_name_may_have_a_scale(string text, string name, double scale)
    {
        Assert.True(ScaledName.TryParse(text, out var parsed));
        Assert.Equal(new ScaledName(name, scale), parsed);
    }

    [Theory]
    [InlineData("V@")]
    [InlineData("V@x")]
    [InlineData("V@0")]
    [InlineData("V@NaN")]
    [InlineData("V@1@2")]
    [InlineData("@1")]
    [InlineData("")]
    public void Anything_else_is_refused(string text) => Assert.False(ScaledName.TryParse(text, out _));
}
