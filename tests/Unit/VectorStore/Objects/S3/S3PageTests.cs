using System.Text;
using System.Xml;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Unit.VectorStore.Objects.S3;

public sealed class S3PageTests
{
    // The example of AWS's reference, and the same without a namespace as some servers have it.
    [Theory]
    [InlineData(" xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"")]
    [InlineData("")]
    public void A_list_is_read(string space)
    {
        var page = Parse($"""
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult{space}><Name>bucket</Name><KeyCount>2</KeyCount><IsTruncated>true</IsTruncated>
            <Contents><Key>a/b&amp;c!</Key><LastModified>2009-10-12T17:50:30.000Z</LastModified><ETag>"x"</ETag><Size>434234</Size></Contents>
            <Contents><Key>odd&#x1;</Key><LastModified>2009-10-12T17:50:30Z</LastModified><Size>0</Size></Contents></ListBucketResult>
            """);

        Assert.False(page.IsLast);
        var time = new DateTimeOffset(2009, 10, 12, 17, 50, 30, TimeSpan.Zero);
        Assert.Equal([new ObjectInfo("a/b&c!", 434234, time), new ObjectInfo("odd\u0001", 0, time)], page.Entries);
    }

    [Theory]
    [InlineData("<html></html>")]
    [InlineData("Hello")]
    [InlineData("")]
    [InlineData("<ListBucketResult><Contents></Contents></ListBucketResult>")]
    public void What_is_no_list_is_refused(string answer) => Assert.Throws<XmlException>(() => Parse(answer));

    private static S3Page Parse(string answer) => S3Page.Parse(Encoding.UTF8.GetBytes(answer));
}
