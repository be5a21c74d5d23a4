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
    public void The_last_64_writes_are_remembered_and_of_older_ones_nothing_is_claimed()
    {
        var writes = "";
        foreach (var i in Enumerable.Range(0, 70))
        {
            writes = new S3Version("e", writes).WritesAfter($"w{i}");
        }

        Assert.Equal(string.Join(',', Enumerable.Range(6, 64).Reverse().Select(i => $"w{i}")), writes);
        Assert.True(S3Version.Includes(writes, "w6"));
        Assert.Null(S3Version.Includes(writes, "w5"));
        Assert.False(S3Version.Includes(string.Join(',', Enumerable.Range(6, 63).Select(i => $"w{i}")), "w5"));
        Assert.False(S3Version.Includes("", "w5"));
    }
}
