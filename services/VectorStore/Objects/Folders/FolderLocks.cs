using Graft.Faults;

namespace Graft.VectorStore.Objects.Folders;

/// <summary>
/// One writer at a time for a key, in this process and among others on the same folder. The keys share 64 lock files; the operating
/// system lets go of a lock when its process dies.
/// </summary>
internal sealed class FolderLocks(string folder, TimeProvider time)
{
    private const int Shards = 64;

    // A lock is held for one small write; whoever waits this long waits for something broken.
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(2);

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Shards).Select(_ => new SemaphoreSlim(1))];

    /// <exception cref="FaultException">Unavailable: another process holds the lock and does not let go.</exception>
    public async Task<IDisposable> TakeAsync(string key, CancellationToken cancellationToken)
    {
        var shard = ShardOf(key);
        var turn = _turns[shard];
        await turn.WaitAsync(cancellationToken);
        try
        {
            return new Held(await OpenAsync(Path.Combine(folder, $"{shard:x2}"), cancellationToken), turn);
        }
        catch
        {
            turn.Release();
            throw;
        }
    }

    private async Task<FileStream> OpenAsync(string path, CancellationToken cancellationToken)
    {
        var begin = time.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (IOException exception) when (IsTaken(exception))
            {
                if (time.GetElapsedTime(begin) > _limit)
                {
                    throw new FaultException(
                        FaultKind.Unavailable, $"Another process has held the lock '{path}' for {_limit.TotalSeconds} s.", exception);
                }
            }

            await Task.Delay(_pause, time, cancellationToken);
        }
    }

    // EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsTaken(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);

    // FNV-1a: the same shard in every process, which string.GetHashCode is not.
    private static uint ShardOf(string key) => key.Aggregate(2166136261u, (hash, letter) => (hash ^ letter) * 16777619u) % Shards;

    private sealed class Held(FileStream file, SemaphoreSlim turn) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            turn.Release();
        }
    }
}
