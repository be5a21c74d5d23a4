using System.Runtime.CompilerServices;
using Graft.Client.Checkpoints;
using Graft.Faults;
using Graft.Trainer.Datasets;

namespace Graft.Cli.Data;

/// <summary>Rows of files on this machine.</summary>
internal static class LocalRows
{
    /// <summary>The files of rows that a path stands for: itself, or those of a folder in ordinal order.</summary>
    /// <exception cref="FaultException">Invalid: there is none.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        string[] files = Directory.Exists(path)
            ? [.. Directory.GetFiles(path).Where(DatasetFiles.IsKnown).Order(StringComparer.Ordinal)]
            : File.Exists(path) ? [path] : throw FaultException.Invalid($"There is no file {path}.");
        if (Directory.Exists(path))
        {
            // A file that is named is meant, wherever it leads; one that lies in a folder may be a surprise.
            Array.ForEach(files, file => LinkedFiles.Check(path, file));
        }

        return files.Length > 0 ? files : throw FaultException.Invalid($"There is no {DatasetFiles.Kinds} file in the folder {path}.");
    }

    public static async IAsyncEnumerable<DataRow> ReadAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in Files(path))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
            await foreach (var row in DatasetFiles.ReadAsync(Path.GetFileName(file), stream, cancellationToken))
            {
                yield return row;
            }
        }
    }
}
