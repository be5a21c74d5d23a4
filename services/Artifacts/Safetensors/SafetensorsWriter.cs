using System.Buffers;
using System.Security.Cryptography;
using Graft.Faults;
using Microsoft.Win32.SafeHandles;

namespace Graft.Artifacts.Safetensors;

/// <summary>
/// Writes a safetensors file as the reference implementation lays it out, tensor by tensor, in any order, from many threads. The file
/// appears under its name only when it is complete and on the disk; until then it has a temporary name in the same folder. A writer
/// that resumes finds what an earlier one has left there.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    /// <summary>What PyTorch's checkpoints say of themselves; transformers refuses files without it.</summary>
    public static IReadOnlyDictionary<string, string> PyTorchMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    private const int CompareBytes = 1 << 20;

    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly SafeFileHandle _handle;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _written;
    private readonly bool _resumes;
    private readonly bool _hasLeftovers;

    private SafetensorsWriter(string path, IReadOnlyList<SafetensorsTensor> tensors, long length, bool resumes)
    {
        _path = path;
        _temporaryPath = resumes ? $"{path}.partial" : $"{path}.{Path.GetRandomFileName()}.tmp";
        _resumes = resumes;
        if (resumes && File.Exists(path))
        {
            File.Move(path, _temporaryPath, overwrite: true);
        }

        _hasLeftovers = resumes && File.Exists(_temporaryPath);
        Tensors = tensors;
        _written = tensors.ToDictionary(tensor => tensor.Name, _ => 0L);

        // Asking for the whole length first means that a full disk is noticed before the first byte moves.
        _handle = _hasLeftovers
            ? File.OpenHandle(_temporaryPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None)
            : File.OpenHandle(_temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.None, length);
        RandomAccess.SetLength(_handle, length);
    }

    /// <param name="path">The file; an existing one is replaced on completion.</param>
    /// <param name="entries">The tensors, in any order; their digests are not looked at.</param>
    /// <param name="metadata">Written in its own order, left out if empty; <see cref="PyTorchMetadata"/> for checkpoints.</param>
    /// <exception cref="FaultException">Invalid: two tensors have one name. Precondition: the folder cannot be written or is full.</exception>
    public static SafetensorsWriter Create(string path, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        Create(path, entries, metadata, resumes: false);

    /// <summary>
    /// The same, but what is not completed stays, and what an earlier writer left is there, complete or not: see <see cref="TryKeep"/>.
    /// One at a time.
    /// </summary>
    /// <exception cref="FaultException">As above.</exception>
    public static SafetensorsWriter Resume(string path, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata) =>
        Create(path, entries, metadata, resumes: true);

    private static SafetensorsWriter Create(
        string path, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata, bool resumes)
    {
        var (tensors, start) = SafetensorsLayout.Arrange(entries, metadata);
        SafetensorsWriter? writer = null;
        try
        {
            writer = new SafetensorsWriter(path, tensors, tensors.Count > 0 ? tensors[^1].End : start.Length, resumes);
            RandomAccess.Write(writer._handle, start, 0);
            return writer;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            writer?.Dispose();
            throw new FaultException(FaultKind.Precondition, $"{path} cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Where each tensor goes, in the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>Whether the tensor is there already, left by an earlier writer: then it need not be written.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>, of which nothing is written yet.</param>
    /// <param name="digest">SHA-256 of its bytes.</param>
    public bool TryKeep(SafetensorsTensor tensor, Digest digest)
    {
        if (!_hasLeftovers || !HasBytes(tensor, digest))
        {
            return false;
        }

        lock (_lock)
        {
            _written[tensor.Name] = tensor.Size;
        }

        return true;
    }

    /// <summary>Writes the next bytes of a tensor: all of it at once, or piece by piece in order.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>; different ones may be written at the same time.</param>
    /// <param name="bytes">Raw little-endian bytes.</param>
    public void Write(SafetensorsTensor tensor, ReadOnlySpan<byte> bytes)
    {
        long offset;
        lock (_lock)
        {
            offset = _written[tensor.Name];
            ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, tensor.Size - offset);
            _written[tensor.Name] = offset + bytes.Length;
        }

        RandomAccess.Write(_handle, bytes, tensor.Begin + offset);
    }

    /// <summary>Writes some bytes of a tensor to their place; any order will do, but every byte is to be written once.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="offset">Of the first byte in the tensor.</param>
    /// <param name="bytes">Raw little-endian bytes.</param>
    public void Write(SafetensorsTensor tensor, long offset, ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, tensor.Size - offset);
        RandomAccess.Write(_handle, bytes, tensor.Begin + offset);
        lock (_lock)
        {
            _written[tensor.Name] += bytes.Length;
        }
    }

    /// <summary>Brings the file to the disk and gives it its name. To be called once, after the last write has returned.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not written to its end.</exception>
    public void Complete()
    {
        if (Tensors.FirstOrDefault(tensor => _written[tensor.Name] != tensor.Size) is { } unfinished)
        {
            throw new InvalidOperationException(
                $"Tensor '{unfinished.Name}' has {_written[unfinished.Name]} of {unfinished.Size} bytes.");
        }

        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
    }

    /// <summary>Without <see cref="Complete"/> before, nothing remains of the file, unless another is to resume it.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        if (!_resumes)
        {
            File.Delete(_temporaryPath);
        }
    }

    private bool HasBytes(SafetensorsTensor tensor, Digest digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(CompareBytes);
        try
        {
            for (var offset = 0L; offset < tensor.Size;)
            {
                var read = RandomAccess.Read(_handle, buffer.AsSpan(0, (int)Math.Min(CompareBytes, tensor.Size - offset)), tensor.Begin + offset);
                if (read == 0)
                {
                    return false;
                }

                hash.AppendData(buffer, 0, read);
                offset += read;
            }

            return Digest.FromHash(hash.GetHashAndReset()) == digest;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
