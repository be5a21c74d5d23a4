using System.Collections.Concurrent;
using System.Security.Cryptography;
using Graft.Artifacts;

namespace Graft.Merger.Folders;

/// <summary>SHA-256 of whole input files.</summary>
internal static class InputDigests
{
    private const int BufferBytes = 1 << 20;

    /// <returns>By the files' full paths.</returns>
    public static async Task<IReadOnlyDictionary<string, Digest>> OfAsync(
        IEnumerable<InputFolder> folders, int workers, CancellationToken cancellationToken)
    {
        var digests = new ConcurrentDictionary<string, Digest>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(folders.SelectMany(folder => folder.Weights), options, async (file, token) =>
        {
            await using var stream = new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, FileOptions.SequentialScan);
            digests[file.Path] = Digest.FromHash(await SHA256.HashDataAsync(stream, token));
        });
        return digests;
    }
}
