using System.Buffers;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Client.Contents;
using Graft.Faults;

namespace Graft.Client;

/// <summary>Contents that are never in memory as a whole.</summary>
public sealed partial class StoreClient
{
    /// <summary>
    /// Makes sure the store has a tensor that is read or computed piece by piece. Holds two pieces of 4 MiB; while one is sent, the
    /// next is asked for. Nothing is asked for when the store has the tensor already.
    /// </summary>
    /// <param name="name">Name of the tensor in its artifact.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Row-major extents.</param>
    /// <param name="digest">SHA-256 of the raw little-endian bytes; see <see cref="DigestOfAsync"/>.</param>
    /// <param name="read">
    /// Gives pieces front to back, each of 4 MiB but for the last one, at offsets that are multiples of 4 MiB; after a broken connection
    /// it goes back to what has not arrived. Must give the same bytes each time.
    /// </param>
    /// <param name="parent">A content that is probably similar, such as the same tensor of the checkpoint a training started from.</param>
    /// <param name="cancellationToken">Gives up; what has arrived need not be sent again.</param>
    /// <exception cref="FaultException">Invalid: the bytes do not have the digest. Whatever <paramref name="read"/> throws.</exception>
    public async Task<TensorEntry> WriteTensorAsync(
        string name,
        DType dtype,
        IReadOnlyList<long> shape,
        Digest digest,
        ContentReadCallback read,
        Digest? parent,
        CancellationToken cancellationToken)
    {
        var entry = new TensorEntry(name, dtype, [.. shape], digest);
        if (entry.Size < AskFrom || (await FindMissingAsync([digest], cancellationToken)).Count > 0)
        {
            await _upload.WriteAsync(digest, ContentSource.Of(entry.Size, read), dtype, parent, cancellationToken);
        }

        return entry;
    }

    /// <summary>
    /// A content front to back in pieces of 4 MiB, each valid until the next one is asked for; the last one is given out when all match
    /// the digest. Holds eight pieces, which are fetched at once.
    /// </summary>
    /// <param name="content">Which.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound; Corrupt: the bytes do not match the digest or have another length.</exception>
    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPiecesAsync(Digest content, long size, CancellationToken cancellationToken) =>
        ContentPieces.ReadAsync(_reader, content, size, cancellationToken);

    /// <summary>Rows of a tensor: its elements from <paramref name="firstRow"/> on along the first dimension.</summary>
    /// <param name="tensor">Of one dimension or more.</param>
    /// <param name="firstRow">0 for the first.</param>
    /// <param name="rows">How many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Raw little-endian bytes of shape [rows, the other extents].</returns>
    /// <exception cref="FaultException">NotFound; Invalid: the tensor has no such rows; Corrupt.</exception>
    public async Task<byte[]> ReadRowsAsync(TensorEntry tensor, long firstRow, long rows, CancellationToken cancellationToken)
    {
        if (tensor.Shape.Count == 0 || firstRow < 0 || rows < 0 || rows > tensor.Shape[0] - firstRow)
        {
            throw FaultException.Invalid(
                $"The tensor {tensor.Name} of shape [{string.Join(", ", tensor.Shape)}] has no rows {firstRow} to {firstRow + rows - 1}.");
        }

        var rowBytes = tensor.Shape[0] == 0 ? 0 : tensor.Size / tensor.Shape[0];
        if (rows * rowBytes > Array.MaxLength)
        {
            throw FaultException.Invalid($"{rows} rows of the tensor {tensor.Name} are too many bytes to be read at once; read fewer.");
        }

        var bytes = new byte[rows * rowBytes];
        await ReadAsync(tensor.Sha256, firstRow * rowBytes, bytes, cancellationToken);
        return bytes;
    }

    /// <summary>
    /// Prepares for reading many contents one by one: where they lie is asked for in one call, if they can be read directly. Without
    /// this, each is asked for by itself.
    /// </summary>
    public Task PrepareReadsAsync(IReadOnlyCollection<Digest> contents, CancellationToken cancellationToken) =>
        _direct is null ? Task.CompletedTask : _direct.PrepareAsync(contents, cancellationToken);

    /// <summary>Closes connections to the objects; the channel to the store is its opener's.</summary>
    public void Dispose() => _direct?.Dispose();

    /// <summary>The digest of bytes that are read or computed piece by piece, front to back.</summary>
    /// <param name="size">How many.</param>
    /// <param name="read">As for a tensor that is written.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<Digest> DigestOfAsync(long size, ContentReadCallback read, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var buffer = MemoryPool<byte>.Shared.Rent((int)Math.Min(ContentSource.PieceBytes, size));
        for (var offset = 0L; offset < size; offset += ContentSource.PieceBytes)
        {
            var piece = buffer.Memory[..(int)Math.Min(ContentSource.PieceBytes, size - offset)];
            await read(offset, piece, cancellationToken);
            hash.AppendData(piece.Span);
        }

        return Digest.FromHash(hash.GetHashAndReset());
    }
}
