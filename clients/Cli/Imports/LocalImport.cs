using Graft.Artifacts;
using Graft.Cli.Data;
using Graft.Client;
using Graft.Client.Checkpoints;
using Graft.Faults;

namespace Graft.Cli.Imports;

/// <summary>Brings local files and folders into the store, unchanged.</summary>
internal static class LocalImport
{
    private const string ConfigFile = "config.json";

    /// <summary>A dataset: one file, or the files of rows of a folder.</summary>
    /// <exception cref="FaultException">Invalid: there is no such file, or the folder has none.</exception>
    public static Task<Manifest> DatasetAsync(StoreClient store, string path, CancellationToken cancellationToken) =>
        DatasetAsync(store, LocalRows.Files(path), cancellationToken);

    /// <summary>A dataset of several files, known by their names without folder.</summary>
    /// <exception cref="FaultException">Invalid: two files of one name, or one that is too big.</exception>
    public static async Task<Manifest> DatasetAsync(StoreClient store, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (files.CountBy(file => Path.GetFileName(file)).FirstOrDefault(name => name.Value > 1).Key is { } twice)
        {
            throw FaultException.Invalid($"Two files are called {twice}; a dataset knows its files by their names, so rename one.");
        }

        List<FileEntry> entries = [];
        foreach (var file in files.OrderBy(Path.GetFileName, StringComparer.Ordinal))
        {
            if (new FileInfo(file).Length > Array.MaxLength)
            {
                throw FaultException.Invalid($"{file} has more than {Sizes.Text(Array.MaxLength)}; split it, a dataset may have many files.");
            }

            var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
            entries.Add(await store.WriteFileAsync(Path.GetFileName(file), bytes, cancellationToken));
        }

        return new Manifest(ArtifactKind.Dataset) { Files = entries };
    }

    /// <summary>A model without weights: config.json, tokenizer and other small files of a folder.</summary>
    public static async Task<Manifest> BlueprintAsync(StoreClient store, string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, ConfigFile)))
        {
            throw FaultException.Invalid($"{folder} is no blueprint of a model: there is no {ConfigFile} in it.");
        }

        List<FileEntry> entries = [];
        foreach (var file in Directory.GetFiles(folder).Where(IsConfiguration).Order(StringComparer.Ordinal))
        {
            LinkedFiles.Check(folder, file);
            var bytes = await File.ReadAllBytesAsync(file, cancellationToken);
            entries.Add(await store.WriteFileAsync(Path.GetFileName(file), bytes, cancellationToken));
        }

        return new Manifest(ArtifactKind.Blueprint) { Files = entries };
    }

    /// <summary>A checkpoint in Hugging Face layout.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="parent">A checkpoint it was probably made from, so that the store may keep the difference only.</param>
    /// <param name="progress">Bytes done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<Manifest> CheckpointAsync(
        StoreClient store, string folder, Manifest? parent, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken) =>
        Directory.Exists(folder)
            ? CheckpointFolder.ImportAsync(store, folder, parent, progress, cancellationToken)
            : throw FaultException.Invalid($"There is no folder {folder}.");

    /// <summary>Whether a folder holds a model without weights.</summary>
    public static bool IsBlueprint(string folder) =>
        File.Exists(Path.Combine(folder, ConfigFile)) && !Directory.EnumerateFiles(folder, "*.safetensors").Any();

    // A blueprint is what a tokenizer and a model are built from; readme and picture stay behind.
    private static bool IsConfiguration(string path) => Path.GetExtension(path) is ".json" or ".jinja" or ".txt" or ".model";
}
