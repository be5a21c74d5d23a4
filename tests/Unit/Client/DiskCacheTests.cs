using CsCheck;
using Graft.Artifacts;
using Graft.Client.Contents.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class DiskCacheTests : IDisposable
{
    private const int KiB = 1024;

    // A content of 60 KiB takes 60 KiB + 32 + 16 bytes: 16 blocks of the disk.
    private const int Size = 60 * KiB;
    private const int Cost = 64 * KiB;

    private readonly string _folder = Directory.CreateTempSubdirectory("graft-test-").FullName;
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Contents => Path.Combine(_folder, "contents");

    private string Partial => Path.Combine(_folder, "partial");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(CachedFile.BlockBytes)]
    [InlineData((3 * CachedFile.BlockBytes) + 7)]
    public async Task What_was_added_is_read_whole_and_in_ranges(int size)
    {
        var cache = NewCache(64 << 20);
        var bytes = Noise(size);
        var digest = Digest.Of(bytes);
        Assert.False(await cache.TryReadAsync(digest, new byte[size], Token));

        await cache.AddAsync(digest, bytes, Token);

        var other = NewCache(64 << 20);
        var whole = new byte[size];
        Assert.True(await other.TryReadAsync(digest, whole, Token));
        Assert.Equal(bytes, whole);
        await Gen.Select(Gen.Int[0, size], Gen.Int[0, size]).SampleAsync(
            async (one, two) =>
            {
                var (begin, end) = (Math.Min(one, two), Math.Max(one, two));
                var range = new byte[end - begin];
                Assert.True(await other.TryReadAsync(digest, begin, range, Token));
                Assert.Equal(bytes[begin..end], range);
            },
            iter: 20);
    }

    [Fact]
    public async Task What_was_not_used_for_longest_makes_room()
    {
        var cache = NewCache(16 * Cost);
        var digests = await AddAsync(cache, 16);
        Assert.True(await cache.TryReadAsync(digests[0], new byte[Size], Token));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await cache.TryReadAsync(digests[1], 100, new byte[10], Token));
        _time.Advance(TimeSpan.FromSeconds(1));

        await AddAsync(cache, 1, seed: 100);

        // One to make room, and a sixteenth more.
        Assert.Equal([2, 3], Enumerable.Range(0, 16).Where(i => !File.Exists(Path.Combine(Contents, digests[i].ToString()))));
    }

    [Fact]
    public async Task Everything_in_the_folder_stays_within_the_limit()
    {
        await Gen.Int[1, 200_000].List[1, 40].SampleAsync(
            async sizes =>
            {
                var limit = 512 * KiB;
                var cache = NewCache(limit);
                foreach (var (i, size) in sizes.Index())
                {
                    var bytes = Noise(size, i);
                    await cache.AddAsync(Digest.Of(bytes), bytes, Token);
                    Assert.InRange(TakenBytes(), 0, limit);
                    Assert.Equal(CachedFile.LengthOf(size) <= limit / 4, await cache.TryReadAsync(Digest.Of(bytes), new byte[size], Token));
                }

                Dispose();
            },
            iter: 30,
            threads: 1);
    }

    [Fact]
    public async Task The_limit_holds_while_many_write_at_once()
    {
        // Each cache has handles of its own, as another process would.
        const int Limit = 20 * Cost;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var watching = Task.Run(() => WatchAsync(end.Token), Token);

        await Parallel.ForAsync(0, 8, Token, async (writer, token) =>
        {
            var cache = new DiskCache(_folder, Limit, TimeProvider.System, NullLogger.Instance);
            for (var i = 0; i < 40; i++)
            {
                var bytes = Noise(Size, (writer * 100) + i);
                await cache.AddAsync(Digest.Of(bytes), bytes, token);
                var others = Noise(Size, ((writer + 1) % 8 * 100) + i);
                var read = new byte[Size];
                if (await cache.TryReadAsync(Digest.Of(others), read, token))
                {
                    Assert.Equal(others, read);
                }
            }
        });

        await end.CancelAsync();
        var most = await watching;
        Assert.InRange(most, Limit / 2, Limit);
        Assert.Empty(Directory.EnumerateFiles(Partial));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Size - 1)]
    [InlineData(Size)]
    [InlineData(Size + 32)]
    [InlineData(Size + 47)]
    public async Task A_damaged_file_is_removed_and_never_served(int position)
    {
        var cache = NewCache(64 << 20);
        var digest = (await AddAsync(cache, 1))[0];
        var path = Path.Combine(Contents, digest.ToString());
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 0x10;
        File.WriteAllBytes(path, bytes);

        var range = position < Size ? position : 0;
        Assert.False(await cache.TryReadAsync(digest, range, new byte[1], Token));

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_file_that_was_cut_or_does_not_match_its_name_is_removed()
    {
        var cache = NewCache(64 << 20);
        var digests = await AddAsync(cache, 2);
        var (cut, wrong) = (Path.Combine(Contents, digests[0].ToString()), Path.Combine(Contents, digests[1].ToString()));
        File.Copy(cut, wrong, overwrite: true);
        File.WriteAllBytes(cut, File.ReadAllBytes(cut)[..^100]);

        Assert.False(await cache.TryReadAsync(digests[0], new byte[Size], Token));
        Assert.False(await cache.TryReadAsync(digests[1], new byte[Size], Token));

        Assert.Empty(Directory.EnumerateFiles(Contents));
    }

    [Fact]
    public async Task A_caller_that_is_mistaken_about_the_length_destroys_nothing()
    {
        var cache = NewCache(64 << 20);
        var digest = (await AddAsync(cache, 1))[0];

        Assert.False(await cache.TryReadAsync(digest, new byte[Size - 1], Token));
        Assert.False(await cache.TryReadAsync(digest, Size - 1, new byte[2], Token));

        Assert.True(await cache.TryReadAsync(digest, new byte[Size], Token));
    }

    [Fact]
    public async Task What_a_crash_left_is_removed_and_what_is_being_written_is_not()
    {
        var cache = NewCache(8 * Cost);
        await AddAsync(cache, 4);
        var leftover = Path.Combine(Partial, $"{Digest.Of([1])}.x");
        File.WriteAllBytes(leftover, new byte[3 * Cost]);
        File.WriteAllText(Path.Combine(Contents, "mine"), "x");
        using var writing = await cache.BeginAsync(Digest.Of([2]), Size, Token);

        // The leftover is only seen when the files are counted.
        await AddAsync(cache, 4, seed: 50);

        Assert.False(File.Exists(leftover));
        Assert.True(File.Exists(Path.Combine(Contents, "mine")));
        Assert.Single(Directory.EnumerateFiles(Partial));
        Assert.InRange(TakenBytes(), 0, 8 * Cost);
    }

    [Fact]
    public async Task What_is_not_completed_leaves_nothing()
    {
        var cache = NewCache(8 * Cost);

        using (var entry = await cache.BeginAsync(Digest.Of([1]), Size, Token))
        {
            entry!.Append(new byte[Size - 1]);
            entry.Complete();
        }

        Assert.Empty(Directory.EnumerateFiles(Contents));
        Assert.Empty(Directory.EnumerateFiles(Partial));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("0000000000000000000\nx")]
    [InlineData("rubbish")]
    public async Task A_sum_that_cannot_be_read_is_counted_anew(string sum)
    {
        var cache = NewCache(8 * Cost);
        await AddAsync(cache, 8);
        File.WriteAllText(Path.Combine(_folder, "size"), sum);

        await AddAsync(cache, 1, seed: 50);

        Assert.InRange(TakenBytes(), 1, 8 * Cost);
    }

    [Fact]
    public async Task The_folder_may_be_deleted_under_its_feet()
    {
        var cache = NewCache(8 * Cost);
        var digests = await AddAsync(cache, 2);
        using var entry = await cache.BeginAsync(Digest.Of(Noise(Size, 7)), Size, Token);
        Directory.Delete(_folder, recursive: true);

        Assert.False(await cache.TryReadAsync(digests[0], new byte[Size], Token));
        entry!.Append(Noise(Size, 7));
        entry.Complete();

        await AddAsync(cache, 1);
        Assert.True(await cache.TryReadAsync(digests[0], new byte[Size], Token));
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_to_is_done_without()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "x");
        var cache = new DiskCache(file, 8 * Cost, _time, NullLogger.Instance);

        await cache.AddAsync(Digest.Of(Noise(Size)), Noise(Size), Token);

        Assert.False(await cache.TryReadAsync(Digest.Of(Noise(Size)), new byte[Size], Token));
    }

    [Fact]
    public async Task A_full_disk_is_done_without()
    {
        // More than any disk has: the room is taken before the first byte.
        var cache = NewCache(long.MaxValue / 2);

        Assert.Null(await cache.BeginAsync(Digest.Of([1]), 1L << 56, Token));

        Assert.Empty(Directory.EnumerateFiles(Partial));
        Assert.Equal(1, (await AddAsync(cache, 1)).Count(digest => File.Exists(Path.Combine(Contents, digest.ToString()))));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private DiskCache NewCache(long limit) => new(_folder, limit, _time, NullLogger.Instance);

    private async Task<List<Digest>> AddAsync(DiskCache cache, int count, int seed = 0)
    {
        List<Digest> digests = [];
        for (var i = 0; i < count; i++)
        {
            var bytes = Noise(Size, seed + i);
            digests.Add(Digest.Of(bytes));
            await cache.AddAsync(digests[^1], bytes, Token);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        return digests;
    }

    private long TakenBytes() => Files().Sum(CostOf);

    // Files come and go while the folders are listed. Those that are there after it too were all there at once when it ended.
    private async Task<long> WatchAsync(CancellationToken cancellationToken)
    {
        var most = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            most = Math.Max(most, Files().ToList().Where(Exists).Sum(CostOf));
            await Task.Yield();
        }

        return most;
    }

    private IEnumerable<FileInfo> Files() => new[] { Partial, Contents }
        .Where(Directory.Exists)
        .SelectMany(folder => new DirectoryInfo(folder).GetFiles())
        .Where(file => file.Name != "mine");

    private static long CostOf(FileInfo file) => (file.Length + 4095) / 4096 * 4096;

    private static bool Exists(FileInfo file)
    {
        file.Refresh();
        return file.Exists;
    }

    private static byte[] Noise(int size, int seed = 1)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
