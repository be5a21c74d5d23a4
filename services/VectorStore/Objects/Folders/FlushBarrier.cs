using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;

namespace Graft.VectorStore.Objects.Folders;

/// <summary>
/// Makes many writes durable at once: objects are written without waiting for the disk, and one flush before a thing that refers
/// to them is written keeps the order (contents, then manifest, then result or name). Measured on ext4 on a virtual disk, 16 KiB
/// objects: 2 ms each with fsync a file, 0.1 ms each without, 2 to 6 ms for one syncfs after sixty of them.
/// </summary>
internal sealed class FlushBarrier(SafeFileHandle anchor, bool enabled) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentQueue<string> _files = new();
    private long _written;
    private long _flushed;

    public void Written(string path)
    {
        if (enabled)
        {
            if (!OperatingSystem.IsLinux())
            {
                _files.Enqueue(path);
            }

            Interlocked.Increment(ref _written);
        }
    }

    /// <summary>Returns when what was written before is on the disk; callers that come meanwhile share one flush.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        var target = Interlocked.Read(ref _written);
        if (Interlocked.Read(ref _flushed) >= target)
        {
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (Interlocked.Read(ref _flushed) < target)
            {
                var covered = Interlocked.Read(ref _written);
                Flush();
                Interlocked.Exchange(ref _flushed, covered);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose()
    {
        anchor.Dispose();
        _turn.Dispose();
    }

    private void Flush()
    {
        if (OperatingSystem.IsLinux())
        {
            FileSystem.Sync(anchor);
            return;
        }

        // Elsewhere file by file; the journals of APFS and NTFS keep the order of names.
        while (_files.TryDequeue(out var path))
        {
            if (File.Exists(path))
            {
                using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.FlushToDisk(handle);
            }
        }
    }
}
