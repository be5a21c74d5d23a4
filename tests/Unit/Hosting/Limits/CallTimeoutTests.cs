using Graft.Hosting.Limits;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Limits;

public sealed class CallTimeoutTests
{
    [Theory]
    [InlineData("", "60S")]
    [InlineData("61S", "60S")]
    [InlineData("99999999H", "60S")]
    [InlineData("nonsense", "60S")]
    [InlineData("-1S", "60S")]
    [InlineData("60S", "60S")]
    [InlineData("1M", "1M")]
    [InlineData("59999m", "59999m")]
    [InlineData("90000000u", "60S")]
    [InlineData("99999999n", "99999999n")]
    public void A_deadline_is_no_later_than_the_longest(string brought, string kept)
    {
        var headers = new HeaderDictionary();
        if (brought.Length > 0)
        {
            headers[CallTimeout.Header] = brought;
        }

        CallTimeout.Clamp(headers, TimeSpan.FromMinutes(1));

        Assert.Equal(kept, headers[CallTimeout.Header]);
    }
}
