using Graft.Faults;
using Microsoft.Win32.SafeHandles;

namespace Graft.Artifacts.Safetensors;

/// <summary>
/// Writes a safetensors file as the reference implementation lays it out, tensor by tensor, in any order, from many threads. The file
/// appears under its name only when it is complete and on the disk; until then it has a temporary name in the same folder.
/// </summary>
public sealed class SafetensorsWriter : IDisposable
{
    /// <summary>What PyTorch's checkpoints say of themselves; transformers refuses files without it.</summary>
    public static IReadOnlyDictionary<string, string> PyTorchMetadata { get; } = new Dictionary<string, string> { ["format"] = "pt" };

    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly SafeFileHandle _handle;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _written;

    private SafetensorsWriter(string path, IReadOnlyList<SafetensorsTensor> tensors, long length)
    {
        _path = path;
        _temporaryPath = $"{path}.{Path.GetRandomFileName()}.tmp";
        Tensors = tensors;
        _written = tensors.ToDictionary(tensor => tensor.Name, _ => 0L);

        // Asking for the whole length first means that a full disk is noticed before the first byte moves.
        _handle = File.OpenHandle(_temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, length);
    }

    /// <param name="path">The file; an existing one is replaced on completion.</param>
    /// <param name="entries">The tensors, in any order; their digests are not looked at.</param>
    /// <param name="metadata">Written in its own order, left out if empty; <see cref="PyTorchMetadata"/> for checkpoints.</param>
    /// <exception cref="FaultException">Invalid: two tensors have one name. Precondition: the folder cannot be written or is full.</exception>
    public static SafetensorsWriter Create(string path, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        var (tensors, start) = SafetensorsLayout.Arrange(entries, metadata);
        SafetensorsWriter? writer = null;
        try
        {
            writer = new SafetensorsWriter(path, tensors, tensors.Count > 0 ? tensors[^1].End : start.Length);
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

    /// <summary>Without <see cref="Complete"/> before, nothing remains of the file.</summary>
    public void Dispose()
    {
        _handle.Dispose();
        File.Delete(_temporaryPath);
    }
}
