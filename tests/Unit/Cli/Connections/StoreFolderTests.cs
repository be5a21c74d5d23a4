using Graft.Cli.Connections;
using Xunit;

namespace Graft.Tests.Unit.Cli.Connections;

public sealed class StoreFolderTests
{
    [Theory]
    [InlineData("/data", "/data/graft/store")]
    [InlineData("data", "/home/ann/.local/share/graft/store")]
    [InlineData("", "/home/ann/.local/share/graft/store")]
    [InlineData(null, "/home/ann/.local/share/graft/store")]
    public void On_Linux_it_follows_the_base_directory_specification(string? data, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux has its own rule.");

        Assert.Equal(expected, StoreFolder.Default(name => name == "HOME" ? "/home/ann" : name == "XDG_DATA_HOME" ? data : null));
    }
}
