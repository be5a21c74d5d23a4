using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Merger.Planning;
using Microsoft.Win32.SafeHandles;

namespace Graft.Merger.Merging;

/// <summary>
/// A merged tensor on its way to the store, which wants to know the digest before the first byte: in memory while it is small, else in a
/// file that vanishes with this object.
/// </summary>
internal sealed class SpooledTensor : IDisposable
{
    private readonly MergeTensor _tensor;
    private readonly SafeFileHandle? _file;
    private readonly IncrementalHash? _hash;
    private byte[] _memory = [];
    private long _position;

    /// <exception cref="FaultException">Precondition: the file cannot be made, or its disk is full.</exception>
    public SpooledTensor(MergeTensor tensor, MergerOptions options)
    {
        _tensor = tensor;
        if (tensor.Size <= options.InMemoryBytes)
        {
            _memory = GC.AllocateUninitializedArray<byte>((int)tensor.Size);
            return;
        }

        try
        {
            _file = File.OpenHandle(
                Path.Combine(options.SpoolFolder, $"graft-{Path.GetRandomFileName()}"),
                FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, tensor.Size);
            _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(
                FaultKind.Precondition,
                $"The tensor {tensor.Name} of {tensor.Size} bytes has no room in {options.SpoolFolder} (Merger:SpoolFolder): {exception.Message}",
                exception);
        }
    }

    /// <summary>Room for the next bytes, front to back.</summary>
    public Span<byte> Next(int bytes)
    {
        if (_file is null)
        {
            return _memory.AsSpan((int)_position, bytes);
        }

        if (_memory.Length < bytes)
        {
            _memory = GC.AllocateUninitializedArray<byte>(bytes);
        }

        return _memory.AsSpan(0, bytes);
    }

    /// <summary>What <see cref="Next"/> gave is filled.</summary>
    public void Advance(int bytes)
    {
        if (_file is not null)
        {
            _hash!.AppendData(_memory, 0, bytes);
            RandomAccess.Write(_file, _memory.AsSpan(0, bytes), _position);
        }

        _position += bytes;
    }

    /// <summary>Brings it to the store. The base is what it differs least from, where the two can be compared.</summary>
    public Task<TensorEntry> WriteAsync(StoreClient store, CancellationToken cancellationToken)
    {
        var parent = _tensor.Size == _tensor.Start.Size && _tensor.DType == _tensor.Start.DType ? _tensor.Start.Sha256 : (Digest?)null;
        return _file is null
            ? store.WriteTensorAsync(_tensor.Name, _tensor.DType, _tensor.Shape, _memory, parent, cancellationToken)
            : store.WriteTensorAsync(
                _tensor.Name, _tensor.DType, _tensor.Shape, Digest.FromHash(_hash!.GetHashAndReset()), ReadAsync, parent, cancellationToken);
    }

    public void Dispose()
    {
        _file?.Dispose();
        _hash?.Dispose();
    }

    private async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (destination.Length > 0)
        {
            var read = await RandomAccess.ReadAsync(_file!, destination, offset, cancellationToken);
            destination = read > 0 ? destination[read..] : throw FaultException.Corrupt($"The file of the tensor {_tensor.Name} became shorter.");
            offset += read;
        }
    }
}
