using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Trainer.Datasets;

/// <summary>Files that hold rows, by their names.</summary>
internal static class DatasetFiles
{
    private const string Lines = ".jsonl";
    private const string ZippedLines = ".jsonl.gz";
    private const string Parquet = ".parquet";

    /// <summary>For messages.</summary>
    public const string Kinds = ".jsonl, .jsonl.gz or .parquet";

    public static bool IsKnown(string path) => Ends(path, Lines) || Ends(path, ZippedLines) || Ends(path, Parquet);

    /// <summary>The rows of a file in their order, read as they are asked for.</summary>
    /// <param name="path">Name, whose ending tells the format.</param>
    /// <param name="stream">The file; for Parquet, seekable.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Invalid: another format, or a row that is none; the file and the row are named.</exception>
    public static IAsyncEnumerable<DataRow> ReadAsync(string path, Stream stream, CancellationToken cancellationToken) => 0 switch
    {
        _ when Ends(path, Parquet) => ParquetRows.ReadAsync(path, stream, cancellationToken),
        _ when Ends(path, ZippedLines) => UnzipAsync(path, stream, cancellationToken),
        _ when Ends(path, Lines) => JsonLines.ReadAsync(path, stream, cancellationToken),
        _ => throw RowFault.File(path, $"is no file of rows; {Kinds} are."),
    };

    private static async IAsyncEnumerable<DataRow> UnzipAsync(string path, Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var unzipped = new UnzipStream(stream);
        await using var rows = JsonLines.ReadAsync(path, unzipped, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MoveAsync())
        {
            yield return rows.Current;
        }

        async ValueTask<bool> MoveAsync()
        {
            try
            {
                return await rows.MoveNextAsync();
            }
            catch (InvalidDataException exception)
            {
                throw RowFault.File(path, $"is damaged: {exception.Message}", exception);
            }
        }
    }

    private static bool Ends(string path, string ending) => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}
