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
    public void The_last_64_writes_are_remembered()
    {
        Assert.Equal(string.Join(',', Enumerable.Range(6, 64).Reverse().Select(i => $"w{i}")), Written(70));
    }

    [Theory]
    [InlineData(2, "w0", true)]
    [InlineData(70, "w6", true)]
    [InlineData(70, "lost", null)]
    [InlineData(64, "lost", null)]
    [InlineData(63, "lost", false)]
    [InlineData(0, "lost", false)]
    public void A_write_over_nothing_is_found_or_missed_as_long_as_all_are_remembered(int writes, string write, bool? expected) =>
        Assert.Equal(expected, default(S3Version).IsAmong(Written(writes), write));

    [Theory]
    [InlineData(70, 40, false)]
    [InlineData(70, 7, false)]
    [InlineData(70, 5, null)]
    public void A_write_over_a_version_is_missed_when_what_is_remembered_reaches_back_to_it(int writes, int versions, bool? expected) =>
        Assert.Equal(expected, new S3Version("e", Written(versions)).IsAmong(Written(writes), "lost"));

    private static string Written(int count) =>
        Enumerable.Range(0, count).Aggregate("", (writes, i) => new S3Version("e", writes).WritesAfter($"w{i}"));
}
