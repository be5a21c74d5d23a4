using Graft.Cli;
using Xunit;

namespace Graft.Tests.Unit.Cli;

public sealed class SizesTests
{
    [Theory]
    [InlineData("4096", 4096L)]
    [InlineData("0", 0L)]
    [InlineData("5GB", 5_000_000_000L)]
    [InlineData("1.5 GiB", 1_610_612_736L)]
    [InlineData("512mib", 536_870_912L)]
    [InlineData("200K", 200_000L)]
    [InlineData("1TB", 1_000_000_000_000L)]
    [InlineData("12B", 12L)]
    [InlineData("", null)]
    [InlineData("-1", null)]
    [InlineData("5XB", null)]
    [InlineData("GB", null)]
    [InlineData("1e9", null)]
    [InlineData("999999999999999TB", null)]
    public void Sizes_are_read(string text, long? bytes) => Assert.Equal(bytes, Sizes.Parse(text));
}
