using Graft.Faults;
using Microsoft.Win32.SafeHandles;

namespace Graft.Artifacts.Safetensors;

/// <summary>A safetensors file open for reading. Only the header is held in memory; reads are safe from many threads at once.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private readonly SafeFileHandle _handle;

    private SafetensorsFile(string path, SafeFileHandle handle)
    {
        var length = RandomAccess.GetLength(handle);
        var start = new byte[Math.Min(length, SafetensorsHeader.LengthSize)];
        ReadExactly(handle, path, 0, start);
        var json = new byte[SafetensorsHeader.ParseLength(start, length)];
        ReadExactly(handle, path, SafetensorsHeader.LengthSize, json);
        (Tensors, Metadata) = SafetensorsHeader.Parse(json, length);
        Path = path;
        _handle = handle;
    }

    /// <exception cref="FaultException">NotFound: no such file. Invalid: its header is malformed.</exception>
    public static SafetensorsFile Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(path, options: FileOptions.RandomAccess);
            var file = new SafetensorsFile(path, handle);
            handle = null;
            return file;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw FaultException.NotFound($"There is no file {path}.");
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Invalid)
        {
            throw FaultException.Invalid($"{path}: {fault.Message}", inner: fault);
        }
        finally
        {
            handle?.Dispose();
        }
    }

    public string Path { get; }

    /// <summary>In the order of their bytes.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>In the order of the file; empty if it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads all bytes of a tensor.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="destination">Exactly as long as the tensor.</param>
    /// <exception cref="FaultException">Corrupt: the file has become shorter since it was opened.</exception>
    public void Read(SafetensorsTensor tensor, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(destination.Length, tensor.Size);
        Read(tensor, 0, destination);
    }

    /// <summary>Reads the bytes of a tensor from an offset on.</summary>
    /// <exception cref="FaultException">Corrupt: the file has become shorter since it was opened.</exception>
    public void Read(SafetensorsTensor tensor, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, tensor.Size - offset);
        ReadExactly(_handle, Path, tensor.Begin + offset, destination);
    }

    public void Dispose() => _handle.Dispose();

    private static void ReadExactly(SafeFileHandle handle, string path, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw FaultException.Corrupt($"{path}: the file ends at byte {offset}; it has become shorter while it was read.");
            }

            offset += read;
            destination = destination[read..];
        }
    }
}
