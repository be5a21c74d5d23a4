using System.IO.Compression;
using Graft.Artifacts;
using Xunit;

namespace Graft.Tests.Unit.Artifacts;

public sealed class UnzipStreamTests
{
    [Fact]
    public async Task Text_comes_out_as_it_went_in()
    {
        var random = new Random(7);
        var text = new byte[40 << 20];
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = (byte)('a' + random.Next(4));
        }

        using var unzipped = new MemoryStream();
        await using var stream = new UnzipStream(Zip(text));
        await stream.CopyToAsync(unzipped, TestContext.Current.CancellationToken);

        Assert.True(text.AsSpan().SequenceEqual(unzipped.ToArray()));
    }

    [Fact]
    public async Task A_few_bytes_may_unpack_to_many_times_their_size()
    {
        using var unzipped = new MemoryStream();
        await using var stream = new UnzipStream(Zip(new byte[10 << 20]));
        await stream.CopyToAsync(unzipped, TestContext.Current.CancellationToken);

        Assert.Equal(10 << 20, unzipped.Length);
    }

    [Fact]
    public async Task A_bomb_ends_soon_after_what_is_free()
    {
        using var unzipped = new MemoryStream();
        await using var stream = new UnzipStream(Zip(new byte[200 << 20]));

        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => stream.CopyToAsync(unzipped, TestContext.Current.CancellationToken));

        Assert.Contains("more than 200 times its size", exception.Message, StringComparison.Ordinal);
        Assert.InRange(unzipped.Length, UnzipStream.FreeBytes - (1 << 20), 45L << 20);
    }

    private static MemoryStream Zip(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        packed.Position = 0;
        return packed;
    }
}
