using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Imports;

/// <summary>Files of rows and examples for evaluations: local ones, unpacked where they are gzip, or datasets of the store.</summary>
internal static class TaskFiles
{
    private const string Packed = ".gz";

    /// <param name="store">The store.</param>
    /// <param name="references">Files, which together become one dataset; or one folder, name or digest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Digest of the dataset.</returns>
    /// <exception cref="FaultException">NotFound; Invalid: something else among several files, or a broken packed file.</exception>
    public static async Task<Digest> ImportAsync(StoreClient store, IReadOnlyList<string> references, CancellationToken cancellationToken)
    {
        if (references is [var only] && !File.Exists(only))
        {
            return (await Datasets.FindAsync(store, only, cancellationToken)).Digest;
        }

        return await store.PutArtifactAsync(await ReadAsync(store, references, cancellationToken), name: null, cancellationToken);
    }

    /// <summary>The manifest of a dataset of local files, whose contents are then in the store.</summary>
    /// <exception cref="FaultException">Invalid: there is no such file, or a broken packed one.</exception>
    public static async Task<Manifest> ReadAsync(StoreClient store, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var names = files.Select(NameOf).ToList();
        List<FileEntry> entries = [];
        foreach (var (file, name) in files.Zip(names))
        {
            // Recorded requests are all called alike; their folders say which they are.
            var path = names.Count(known => known == name) == 1 ? name : $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))}/{name}";
            entries.Add(await store.WriteFileAsync(path, await ReadAsync(file, cancellationToken), cancellationToken));
        }

        return new Manifest(ArtifactKind.Dataset) { Files = entries };
    }

    private static string NameOf(string file)
    {
        var name = Path.GetFileName(file);
        return name.EndsWith(Packed, StringComparison.Ordinal) ? name[..^Packed.Length] : name;
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw FaultException.Invalid($"There is no file {file}.");
        }

        if (!file.EndsWith(Packed, StringComparison.Ordinal))
        {
            return await File.ReadAllBytesAsync(file, cancellationToken);
        }

        try
        {
            await using var stream = File.OpenRead(file);
            await using var packed = new UnzipStream(stream);
            using var bytes = new MemoryStream();
            await packed.CopyToAsync(bytes, cancellationToken);
            return bytes.ToArray();
        }
        catch (InvalidDataException exception)
        {
            throw FaultException.Invalid($"{file} is no gzip file: {exception.Message}", inner: exception);
        }
    }
}
