using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Trainer.Datasets;

/// <summary>A dataset of the store, read row by row.</summary>
internal static class StoredDataset
{
    // Larger files are not held in memory but laid on disk for as long as they are read.
    private const int LargestInMemory = 64 << 20;
    private const int PieceBytes = 4 << 20;

    /// <param name="store">The store.</param>
    /// <param name="dataset">Digest of the dataset.</param>
    /// <param name="field">Field of the request, for messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Invalid: no dataset, no file of rows in it, or a row that is none.</exception>
    public static async IAsyncEnumerable<DataRow> ReadAsync(
        StoreClient store, Digest dataset, string field, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var manifest = (await store.GetArtifactAsync(dataset.ToString(), cancellationToken)).Manifest;
        if (manifest.Kind != ArtifactKind.Dataset)
        {
            throw FaultException.Invalid($"{dataset} is a {manifest.Kind}, not a dataset.", field);
        }

        List<FileEntry> files = [.. manifest.Files.Where(file => DatasetFiles.IsKnown(file.Path))];
        if (files.Count == 0)
        {
            throw FaultException.Invalid($"The dataset {dataset} has no {DatasetFiles.Kinds} file.", field);
        }

        foreach (var file in files)
        {
            await using var stream = await OpenAsync(store, file, cancellationToken);
            await foreach (var row in DatasetFiles.ReadAsync(file.Path, stream, cancellationToken))
            {
                yield return row;
            }
        }
    }

    /// <summary>The bytes of a file of the store, checked against its digest.</summary>
    public static Task<Stream> OpenAsync(StoreClient store, FileEntry file, CancellationToken cancellationToken) =>
        OpenAsync(store, file, LargestInMemory, cancellationToken);

    internal static async Task<Stream> OpenAsync(StoreClient store, FileEntry file, int largestInMemory, CancellationToken cancellationToken)
    {
        if (file.Size <= largestInMemory)
        {
            return new MemoryStream(await store.ReadAsync(file.Sha256, file.Size, cancellationToken), writable: false);
        }

        var stream = TemporaryFile.Create();
        try
        {
            await CopyAsync(store, file, stream, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static async Task CopyAsync(StoreClient store, FileEntry file, Stream target, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[PieceBytes];
        for (var offset = 0L; offset < file.Size;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(PieceBytes, file.Size - offset));
            await store.ReadAsync(file.Sha256, offset, piece, cancellationToken);
            hash.AppendData(piece.Span);
            await target.WriteAsync(piece, cancellationToken);
            offset += piece.Length;
        }

        if (Digest.FromHash(hash.GetHashAndReset()) != file.Sha256)
        {
            throw FaultException.Corrupt($"{file.Path} arrived with other bytes than its digest {file.Sha256} says.");
        }

        target.Position = 0;
    }
}
