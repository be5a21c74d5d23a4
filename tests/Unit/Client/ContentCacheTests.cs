using CsCheck;
using Graft.Artifacts;
using Graft.Client.Contents;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class ContentCacheTests
{
    [Fact]
    public void What_was_used_least_lately_makes_room()
    {
        var cache = new ContentCache(800);
        for (byte i = 0; i < 8; i++)
        {
            cache.Add(Digest.Of([i]), new byte[100]);
        }

        Assert.True(cache.TryGet(Digest.Of([0]), out _));
        cache.Add(Digest.Of([8]), new byte[100]);

        Assert.True(cache.TryGet(Digest.Of([0]), out _));
        Assert.False(cache.TryGet(Digest.Of([1]), out _));
        Assert.True(cache.TryGet(Digest.Of([8]), out _));
        Assert.Equal(800, cache.Size);
    }

    [Fact]
    public void One_content_takes_at_most_an_eighth()
    {
        var cache = new ContentCache(800);

        cache.Add(Digest.Of([1]), new byte[101]);
        cache.Add(Digest.Of([2]), new byte[100]);

        Assert.False(cache.TryGet(Digest.Of([1]), out _));
        Assert.True(cache.TryGet(Digest.Of([2]), out _));
    }

    [Fact]
    public void Without_memory_nothing_is_remembered()
    {
        var cache = new ContentCache(0);

        cache.Add(Digest.Of([1]), new byte[1]);

        Assert.False(cache.TryGet(Digest.Of([1]), out _));
    }

    [Fact]
    public void The_limit_holds_whatever_is_added()
    {
        Gen.Select(Gen.Byte[0, 30], Gen.Int[0, 200]).List[0, 200].Sample(
            steps =>
            {
                var cache = new ContentCache(1000);
                var sizes = new Dictionary<byte, int>();
                foreach (var (key, size) in steps)
                {
                    var digest = Digest.Of([key]);
                    if (cache.TryGet(digest, out var known))
                    {
                        Assert.Equal(sizes[key], known.Length);
                    }
                    else
                    {
                        sizes[key] = size;
                        cache.Add(digest, new byte[size]);
                    }

                    Assert.InRange(cache.Size, 0, 1000);
                }
            },
            iter: 300);
    }
}
