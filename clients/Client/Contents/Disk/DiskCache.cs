using Graft.Artifacts;
using Microsoft.Extensions.Logging;

namespace Graft.Client.Contents.Disk;

/// <summary>
/// Contents on the local disk, shared by all processes of the machine that name the same folder. What is read is checked each time: a
/// cache lies about for weeks on disks nobody watches, and the check costs less than any network. A damaged file is removed and counts
/// as not there; so does everything when the disk is full, read-only or gone. Contents never change, so nothing is ever out of date.
/// </summary>
internal sealed partial class DiskCache
{
    private readonly CacheSpace _space;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _folder;
    private int _hasFailed;

    /// <param name="folder">Made when it is first needed.</param>
    /// <param name="limit">Bytes of all files together.</param>
    /// <param name="time">Tells when something was used; all processes on the folder should have the same.</param>
    /// <param name="logger">Told of damage and of a disk that fails.</param>
    public DiskCache(string folder, long limit, TimeProvider time, ILogger logger)
    {
        _folder = Path.GetFullPath(folder);
        _space = new CacheSpace(_folder, limit, time);
        _time = time;
        _logger = logger;
    }

    /// <summary>Fills <paramref name="destination"/> with all of a content; false when it is not here.</summary>
    public Task<bool> TryReadAsync(Digest content, Memory<byte> destination, CancellationToken cancellationToken) =>
        Task.Run(() => TryRead(content, destination, offset: null), cancellationToken);

    /// <summary>Fills <paramref name="destination"/> with a range of a content; false when it is not here.</summary>
    public Task<bool> TryReadAsync(Digest content, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        Task.Run(() => TryRead(content, destination, offset), cancellationToken);

    /// <summary>Keeps a content, if there is room.</summary>
    /// <param name="content">The digest of <paramref name="bytes"/>, checked by the caller.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task AddAsync(Digest content, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var entry = await BeginAsync(content, bytes.Length, cancellationToken);
        if (entry is not null)
        {
            await Task.Run(
                () =>
                {
                    entry.Append(bytes.Span);
                    entry.Complete();
                },
                cancellationToken);
        }
    }

    /// <summary>Begins to keep a content that comes piece by piece; null when there is no room for it, or it is here already.</summary>
    public async Task<CacheEntry?> BeginAsync(Digest content, long size, CancellationToken cancellationToken)
    {
        var path = _space.PathOf(content);
        if (!_space.Takes(CachedFile.LengthOf(size)) || File.Exists(path))
        {
            return null;
        }

        var temporary = _space.TemporaryPathOf(content);
        try
        {
            var file = await _space.CreateAsync(temporary, CachedFile.LengthOf(size), cancellationToken);
            return file is null ? null : new CacheEntry(path, temporary, file, size, _time, Fails);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fails(exception);
            return null;
        }
    }

    private bool TryRead(Digest content, Memory<byte> destination, long? offset)
    {
        var path = _space.PathOf(content);
        try
        {
            // Looked for first: an exception for each content that is not here would cost more than the look.
            if (!File.Exists(path))
            {
                return false;
            }

            using (var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete))
            {
                var size = CachedFile.SizeOf(file);
                if (size is { } known && !Fits(known, offset, destination.Length))
                {
                    // The caller is mistaken, and the store will say so.
                    return false;
                }

                if (size is not null
                    && (offset is { } begin
                        ? CachedFile.TryRead(file, size.Value, begin, destination.Span)
                        : CachedFile.TryRead(file, content, destination.Span)))
                {
                    File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
                    return true;
                }
            }

            LogDamage(_logger, path);
            File.Delete(path);
            return false;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another process has just made room, or somebody has deleted the folder.
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Fails(exception);
            return false;
        }
    }

    private static bool Fits(long size, long? offset, int length) =>
        offset is { } begin ? begin >= 0 && length <= size - begin : length == size;

    // Told once: a full disk stays full for a while.
    private void Fails(Exception exception)
    {
        if (Interlocked.Exchange(ref _hasFailed, 1) == 0)
        {
            LogFailure(_logger, _folder, exception.Message);
        }
    }

    [LoggerMessage(600, LogLevel.Warning, "The cached file {Path} is damaged and removed; its content is fetched again.")]
    private static partial void LogDamage(ILogger logger, string path);

    [LoggerMessage(601, LogLevel.Warning, "The cache in {Folder} cannot be used as it should, and contents are fetched without it: {Reason} Not told again.")]
    private static partial void LogFailure(ILogger logger, string folder, string reason);
}
