using Graft.Hosting;
using Xunit;

namespace Graft.Tests.Unit.Hosting;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8080", "127.0.0.1:8080")]
    [InlineData("0.0.0.0:0", "0.0.0.0:0")]
    [InlineData("localhost:65535", "127.0.0.1:65535")]
    [InlineData("*:8080", "[::]:8080")]
    [InlineData("[::1]:8080", "[::1]:8080")]
    public void An_address_and_a_port_are_read(string text, string endpoint)
    {
        Assert.True(ListenAddress.TryParse(text, out var parsed));
        Assert.Equal(endpoint, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:-1")]
    [InlineData(":8080")]
    [InlineData("::1")]
    [InlineData("::1:8080")]
    [InlineData("example.org:80")]
    [InlineData("http://127.0.0.1:8080")]
    public void Anything_else_is_refused(string text) => Assert.False(ListenAddress.TryParse(text, out _));
}
