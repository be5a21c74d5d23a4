using System.Globalization;
using System.Text;
using Graft.Artifacts;
using Microsoft.Win32.SafeHandles;

namespace Graft.Client.Contents.Disk;

/// <summary>
/// The room of a cache folder that several processes share. Room is taken before a file is written and under a lock of the operating
/// system, so that all files together, those being written too, never exceed the limit. What was not used for longest goes first;
/// a file's time of last modification is when it was last used.
/// <para>
/// The lock file holds the sum of all files as far as it is known. It may be too high (a file was removed, a process died), never too
/// low: when it says that there is no room, the files are counted.
/// </para>
/// </summary>
internal sealed class CacheSpace(string folder, long limit, TimeProvider time)
{
    // A file takes whole blocks of its disk.
    private const int DiskBlock = 4096;

    // Counting costs a look at every file, so a sixteenth more than what is needed is freed.
    private const int Slack = 16;

    // Digits of the sum and a line's end: whatever has another length was not written to its end.
    private const int SumLength = 20;

    // The lock is held while files are counted and deleted; whoever waits this long goes on without the cache.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(2);

    private string LockPath => Path.Combine(folder, "size");

    private string ContentsFolder => Path.Combine(folder, "contents");

    private string PartialFolder => Path.Combine(folder, "partial");

    /// <summary>Full path of the file of a content.</summary>
    public string PathOf(Digest content) => Path.Combine(ContentsFolder, content.ToString());

    /// <summary>Full path for the file of a content while it is written.</summary>
    public string TemporaryPathOf(Digest content) => Path.Combine(PartialFolder, $"{content}.{Path.GetRandomFileName()}");

    /// <summary>Whether a file may be cached at all: one may take a quarter, lest a single big one push out everything else.</summary>
    public bool Takes(long length) => CostOf(length) <= limit / 4;

    /// <summary>Makes room for a file and creates it with its whole length, so that a full disk shows now.</summary>
    /// <returns>Null when others are using up the room.</returns>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    public async Task<SafeFileHandle?> CreateAsync(string path, long length, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(ContentsFolder);
        Directory.CreateDirectory(PartialFolder);
        using var held = await TakeLockAsync(cancellationToken);
        var cost = CostOf(length);
        var sum = ReadSum(held);
        if (sum is null || sum > limit - cost)
        {
            sum = MakeRoom(cost);
        }

        if (sum > limit - cost)
        {
            WriteSum(held, sum.Value);
            return null;
        }

        // Noted before it is taken: whatever fails between leaves a sum that is too high.
        WriteSum(held, sum.Value + cost);
        return Create(path, length);
    }

    // Allocated without a length, the file would count as nothing while it is written.
    private static SafeFileHandle Create(string path, long length)
    {
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, length);
        try
        {
            RandomAccess.SetLength(file, length);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(path);
            throw;
        }
    }

    private async Task<FileStream> TakeLockAsync(CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(LockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException exception) when (IsTaken(exception) && time.GetElapsedTime(begin) < _patience)
            {
                // Another process has it.
            }

            await Task.Delay(_pause, time, cancellationToken);
        }
    }

    // Deletes what nobody writes any more and then what was not used for longest; returns what the rest takes. A file that is completed
    // meanwhile is seen in the first folder or in the second, or in both, but never in none.
    private long MakeRoom(long cost)
    {
        var sum = new DirectoryInfo(PartialFolder).EnumerateFiles()
            .Where(file => !TryDeleteStale(file.FullName) && file.Exists)
            .Sum(file => CostOf(file.Length));
        List<(string Path, long Cost, DateTime Used)> files =
        [
            .. new DirectoryInfo(ContentsFolder).EnumerateFiles()
                .Where(file => Digest.TryParse(file.Name, out _) && file.Exists)
                .Select(file => (file.FullName, CostOf(file.Length), file.LastWriteTimeUtc)),
        ];
        sum += files.Sum(file => file.Cost);
        if (sum <= limit - cost)
        {
            return sum;
        }

        foreach (var (path, size, _) in files.OrderBy(file => file.Used).ThenBy(file => file.Path, StringComparer.Ordinal))
        {
            File.Delete(path);
            sum -= size;
            if (sum <= limit - cost - (limit / Slack))
            {
                break;
            }
        }

        return sum;
    }

    // Its writer holds a lock on it that ends with the process, so whoever gets the lock sees a leftover.
    private static bool TryDeleteStale(string path)
    {
        try
        {
            using (File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                File.Delete(path);
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static long CostOf(long length) => (length + DiskBlock - 1) / DiskBlock * DiskBlock;

    private static long? ReadSum(FileStream held)
    {
        Span<byte> text = stackalloc byte[SumLength + 1];
        return held.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) == SumLength
            && long.TryParse(text[..SumLength], NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var sum)
                ? sum
                : null;
    }

    private static void WriteSum(FileStream held, long sum)
    {
        held.Position = 0;
        held.SetLength(0);
        held.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{sum:D19}\n")));
    }

    // EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsTaken(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
