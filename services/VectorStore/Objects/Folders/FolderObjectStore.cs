using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Faults;
using Microsoft.Win32.SafeHandles;

namespace Graft.VectorStore.Objects.Folders;

/// <summary>
/// Objects as files, one folder a kind, for one machine; several processes may share the folder. A file is written under a
/// temporary name and then gets its own, so whoever is killed leaves at most temporary files, which are removed when they are old.
/// Creating is link(2), which has one winner; replacing is rename(2) under a lock. A version is the SHA-256 of the bytes.
/// File calls block: on the page cache they take microseconds, and an asynchronous file call would only block another thread.
/// </summary>
internal sealed class FolderObjectStore : IObjectStore, IDisposable
{
    private const string Format = "graft store 1";

    private static readonly TimeSpan _temporaryLife = TimeSpan.FromHours(1);

    private readonly string _root;
    private readonly string _temporary;
    private readonly FolderLocks _locks;
    private readonly FlushBarrier _barrier;

    /// <param name="folder">Made if it is not there.</param>
    /// <param name="fsync">Whether <see cref="FlushAsync"/> waits for the disk.</param>
    /// <param name="time">Tells which temporary files are old, and drives the waits for locks.</param>
    /// <exception cref="FaultException">Precondition: the folder cannot hold a store, and why.</exception>
    public FolderObjectStore(string folder, bool fsync, TimeProvider time)
    {
        _root = Path.GetFullPath(folder);
        _temporary = Path.Combine(_root, ".tmp");
        var locks = Path.Combine(_root, ".locks");
        try
        {
            Directory.CreateDirectory(_temporary);
            Directory.CreateDirectory(locks);
            RemoveOldTemporaries(time);
            _barrier = new FlushBarrier(OpenMarker(), fsync);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultKind.Precondition, $"The folder '{_root}' cannot hold a store: {exception.Message}", exception);
        }

        _locks = new FolderLocks(locks, time);
    }

    public Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(PathOf(key), 0, int.MaxValue));
    }

    public Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(PathOf(key), 0, int.MaxValue) is { } bytes ? new VersionedObject(bytes, VersionOf(bytes)) : null);
    }

    public Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(PathOf(key), offset, length));
    }

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(File.Exists(PathOf(key)));
    }

    public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        CheckSize(bytes);
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        if (File.Exists(path))
        {
            return Task.FromResult(false);
        }

        // Only here, not where objects are looked for: a look at a store that is being removed must not bring a part of it back.
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var temporary = WriteTemporary(bytes.Span);
        try
        {
            var isCreated = FileSystem.TryName(temporary, path);
            _barrier.Written(path);
            return Task.FromResult(isCreated);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    public async Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken)
    {
        CheckSize(bytes);
        var path = PathOf(key);
        using var held = await _locks.TakeAsync(key, cancellationToken);
        if (Read(path, 0, int.MaxValue) is not { } current || VersionOf(current) != version)
        {
            return false;
        }

        File.Move(WriteTemporary(bytes.Span), path, overwrite: true);
        _barrier.Written(path);
        return true;
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        var path = PathOf(key);
        // Under the lock, or a replacement that has just looked would bring the object back.
        using var held = await _locks.TakeAsync(key, cancellationToken);
        // A missing file is none of File.Delete's complaints, a missing folder is.
        if (File.Exists(path))
        {
            File.Delete(path);
        }

        // Whoever deletes what refers and then what was referred to flushes in between.
        _barrier.Written(path);
    }

    public async IAsyncEnumerable<string> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (key, _) in Find(prefix, after))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return key;
        }
    }

    public async IAsyncEnumerable<ObjectInfo> ListInfoAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var (key, path) in Find(prefix, after))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (new FileInfo(path) is { Exists: true } file)
            {
                yield return new ObjectInfo(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
            }
        }
    }

    public Task<ObjectInfo?> FindInfoAsync(string key, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new FileInfo(PathOf(key)) is { Exists: true } file
            ? new ObjectInfo(key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero))
            : null);
    }

    public Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken) => Task.FromResult<Uri?>(null);

    public Task FlushAsync(CancellationToken cancellationToken) => _barrier.FlushAsync(cancellationToken);

    public void Dispose() => _barrier.Dispose();

    private static string VersionOf(byte[] bytes) => Digest.Of(bytes).ToString();

    private static void CheckSize(ReadOnlyMemory<byte> bytes) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, IObjectStore.MaxObjectBytes, "bytes.Length");

    private static byte[]? Read(string path, long offset, int length)
    {
        // Asking first makes the frequent question for something missing much cheaper than an exception.
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Clamp(RandomAccess.GetLength(file) - offset, 0, length)];
            var read = 0;
            while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), offset + read) is > 0 and var count)
            {
                read += count;
            }

            return read == bytes.Length ? bytes : bytes[..read];
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private IEnumerable<(string Key, string Path)> Find(string prefix, string? after)
    {
        var kind = ObjectKey.SplitPrefix(prefix).Kind;
        var folder = Path.Combine(_root, kind);
        var files = Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];
        return files
            .Select(path => (Name: FileName.Decode(Path.GetFileName(path)), Path: path))
            .Where(file => file.Name is not null)
            .Select(file => (Key: $"{kind}/{file.Name}", file.Path))
            .Where(file => file.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(file.Key, after) > 0)
            .OrderBy(file => file.Key, StringComparer.Ordinal);
    }

    private string PathOf(string key)
    {
        var (kind, rest) = ObjectKey.Split(key);
        var name = FileName.Encode(rest);
        return name.Length <= FileName.MaxLength
            ? Path.Combine(_root, kind, name)
            : throw FaultException.Invalid($"'{rest}' is too long for a store in a folder: use fewer capital letters, or a shorter name.");
    }

    private string WriteTemporary(ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(_temporary, Guid.NewGuid().ToString("n"));
        try
        {
            using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, bytes, 0);
            return path;
        }
        catch (IOException exception) when (IsFull(exception))
        {
            File.Delete(path);
            throw new FaultException(FaultKind.Exhausted, $"The disk of the store '{_root}' is full: free some space and try again.", exception);
        }
    }

    // ENOSPC, EDQUOT of Linux and macOS, ERROR_DISK_FULL.
    private static bool IsFull(IOException exception) => exception.HResult is 28 or 122 or 69 or unchecked((int)0x80070070);

    private void RemoveOldTemporaries(TimeProvider time)
    {
        var limit = (time.GetUtcNow() - _temporaryLife).UtcDateTime;
        foreach (var path in Directory.EnumerateFiles(_temporary).Where(path => File.GetLastWriteTimeUtc(path) < limit))
        {
            File.Delete(path);
        }
    }

    // Tells later versions what this is, and proves that the file system has hard links.
    private SafeFileHandle OpenMarker()
    {
        var path = Path.Combine(_root, ".format");
        if (!File.Exists(path))
        {
            var temporary = WriteTemporary(System.Text.Encoding.ASCII.GetBytes(Format));
            FileSystem.TryName(temporary, path);
            File.Delete(temporary);
        }

        var found = File.ReadAllText(path);
        return found == Format
            ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : throw new IOException($"'{path}' says '{found}', and this version of Graft reads '{Format}' only.");
    }
}
