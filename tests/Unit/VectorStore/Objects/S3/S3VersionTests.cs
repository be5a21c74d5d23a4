using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Unit.VectorStore.Objects.S3;

public sealed class S3VersionTests
{
    [Theory]
    [InlineData("abc", "abc", "")]
    [InlineData("abc;w2,w1", "abc", "w2,w1")]
    public void A_version_is_an_etag_and_the_writes_before(string text, string etag, string writes)
    {
        Assert.Equal(new S3Version(etag, writes), S3Version.Parse(text));
        Assert.Equal(text, new S3Version(etag, writes).ToString());
    }

    [Fact]
    public void The_last_sixteen_writes_are_remembered()
    {
        var writes = "";
        foreach (var i in Enumerable.Range(0, 20))
        {
            writes = new S3Version("e", writes).WritesAfter($"w{i}");
        }

        Assert.Equal(string.Join(',', Enumerable.Range(4, 16).Reverse().Select(i => $"w{i}")), writes);
        Assert.True(S3Version.Includes(writes, "w4"));
        Assert.False(S3Version.Includes(writes, "w3"));
        Assert.False(S3Version.Includes("", "w3"));
    }
}
