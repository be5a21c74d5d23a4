using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Graft.Client.Contents.Disk;

/// <summary>
/// A content on its way into the disk cache, front to back. It has a name of its own until <see cref="Complete"/>; without that,
/// nothing stays. A disk that fails meanwhile ends the caching and nothing else.
/// </summary>
internal sealed class CacheEntry : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly SafeFileHandle _file;
    private readonly long _size;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _fails;
    private readonly IncrementalHash _block = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly MemoryStream _digests = new();
    private long _position;
    private int _inBlock;
    private bool _isOver;

    /// <param name="path">Name of the complete file.</param>
    /// <param name="temporaryPath">Name until then.</param>
    /// <param name="file">Open for writing under that name, and closed by this.</param>
    /// <param name="size">Bytes of the content.</param>
    /// <param name="time">Tells when it was put here.</param>
    /// <param name="fails">Told when the disk fails.</param>
    public CacheEntry(string path, string temporaryPath, SafeFileHandle file, long size, TimeProvider time, Action<Exception> fails)
    {
        (_path, _temporaryPath, _file) = (path, temporaryPath, file);
        (_size, _time, _fails) = (size, time, fails);
    }

    /// <summary>The next bytes of the content.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_isOver)
        {
            return;
        }

        TryWrite(bytes);
        while (!bytes.IsEmpty)
        {
            var part = bytes[..Math.Min(bytes.Length, CachedFile.BlockBytes - _inBlock)];
            _block.AppendData(part);
            _inBlock += part.Length;
            bytes = bytes[part.Length..];
            if (_inBlock == CachedFile.BlockBytes)
            {
                EndBlock();
            }
        }
    }

    /// <summary>Gives the file its name; the caller has checked all bytes against the content's digest.</summary>
    public void Complete()
    {
        if (_isOver || _position != _size)
        {
            return;
        }

        if (_inBlock > 0)
        {
            EndBlock();
        }

        TryWrite([.. _digests.ToArray(), .. CachedFile.Footer(_size)]);
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        try
        {
            File.SetLastWriteTimeUtc(_file, _time.GetUtcNow().UtcDateTime);
            File.Move(_temporaryPath, _path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _fails(exception);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _block.Dispose();
        _digests.Dispose();
        try
        {
            File.Delete(_temporaryPath);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever makes room next removes it.
        }
    }

    private void EndBlock()
    {
        _digests.Write(_block.GetHashAndReset());
        _inBlock = 0;
    }

    private void TryWrite(ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(_file, bytes, _position);
            _position += bytes.Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _isOver = true;
            _fails(exception);
        }
    }
}
