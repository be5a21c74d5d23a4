using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Merger.Reading;

/// <summary>Reads a tensor front to back in slices and checks the whole against its digest; behind its end come zeros.</summary>
internal sealed class TensorReader(StoreClient store, TensorEntry tensor) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _position;

    /// <exception cref="FaultException">Corrupt: the bytes of the tensor are not those its digest names.</exception>
    public async Task ReadNextAsync(Memory<byte> slice, CancellationToken cancellationToken)
    {
        var length = (int)Math.Min(slice.Length, tensor.Size - _position);
        if (length > 0 && length == tensor.Size)
        {
            // In one piece the client checks it, and may have it still: the merges of a study read the same checkpoints again and again.
            (await store.ReadAsync(tensor.Sha256, tensor.Size, cancellationToken)).CopyTo(slice);
            _position = length;
        }
        else if (length > 0)
        {
            await store.ReadAsync(tensor.Sha256, _position, slice[..length], cancellationToken);
            _hash.AppendData(slice.Span[..length]);
            _position += length;
            if (_position == tensor.Size && Digest.FromHash(_hash.GetHashAndReset()) != tensor.Sha256)
            {
                throw FaultException.Corrupt($"The bytes of tensor {tensor.Name} do not match their digest {tensor.Sha256}.");
            }
        }

        slice.Span[length..].Clear();
    }

    public void Dispose() => _hash.Dispose();
}
