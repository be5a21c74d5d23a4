using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Client.Checkpoints;
using Graft.Faults;

namespace Graft.Client;

/// <summary>
/// Checkpoints from and to folders as Hugging Face transformers lays them out. A few tensors are in memory at a time; whatever
/// headers can tell is checked before the first tensor moves.
/// </summary>
public static class CheckpointFolder
{
    // Tensors in memory at once. Two keep one core hashing and reading while the store encodes on the other.
    private const int Parallelism = 2;

    /// <summary>
    /// Takes a folder into the store: config.json, weights (model.safetensors, or shards with an index), tokenizer and the other small
    /// files beside them. What the store has already is not sent.
    /// </summary>
    /// <param name="store">Receives the contents.</param>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="parent">The checkpoint this one was fine-tuned from, if it is in the store: saves space.</param>
    /// <param name="progress">Bytes done and in all.</param>
    /// <param name="cancellationToken">Gives up; done again, it goes on.</param>
    /// <returns>The manifest, not yet put.</returns>
    /// <exception cref="FaultException">NotFound: no such folder. Invalid: no checkpoint, and why.</exception>
    public static async Task<Manifest> ImportAsync(
        StoreClient store, string folder, Manifest? parent, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(folder))
        {
            throw FaultException.NotFound($"There is no folder '{folder}'.");
        }

        var files = SmallFiles.Find(folder);
        using var weights = WeightFiles.Open(folder);
        var meter = new ByteMeter(progress, weights.Tensors.Sum(item => item.Tensor.Size) + files.Sum(file => file.Length));
        var entries = new FileEntry[files.Count];
        for (var i = 0; i < files.Count; i++)
        {
            var bytes = await File.ReadAllBytesAsync(files[i].FullName, cancellationToken);
            entries[i] = await store.WriteFileAsync(files[i].Name, bytes, cancellationToken);
            meter.Add(bytes.Length);
        }

        var tensors = new TensorEntry[weights.Tensors.Count];
        var parents = parent?.Tensors.ToDictionary(tensor => tensor.Name) ?? [];
        await Parallel.ForAsync(0, tensors.Length, Options(cancellationToken), async (i, token) =>
        {
            var (file, tensor) = weights.Tensors[i];
            var bytes = new byte[CheckSize(tensor.Name, tensor.Size)];
            file.Read(tensor, bytes);
            var similar = parents.TryGetValue(tensor.Name, out var entry) && entry.DType == tensor.DType ? entry.Sha256 : (Digest?)null;
            tensors[i] = await store.WriteTensorAsync(tensor.Name, tensor.DType, tensor.Shape, bytes, similar, token);
            meter.Add(bytes.Length);
        });
        return new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors, Files = entries };
    }

    /// <summary>
    /// Writes a checkpoint to a new folder: one model.safetensors, as transformers saves it, and the other files. The folder appears
    /// when it is complete.
    /// </summary>
    /// <param name="store">Has the contents.</param>
    /// <param name="checkpoint">Which checkpoint.</param>
    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="progress">Bytes done and in all.</param>
    /// <param name="cancellationToken">Gives up; nothing stays.</param>
    /// <exception cref="FaultException">
    /// Exists: the folder is not empty. Precondition: no space. Invalid: not a checkpoint, or with a file that would lie elsewhere.
    /// Corrupt: stored bytes are damaged.
    /// </exception>
    public static async Task ExportAsync(
        StoreClient store, Manifest checkpoint, string folder, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        if (checkpoint.Kind != ArtifactKind.Checkpoint)
        {
            throw FaultException.Invalid($"The artifact is a {checkpoint.Kind}; only checkpoints are exported to a folder.");
        }

        using var target = new ExportFolder(folder, checkpoint.LogicalSize);
        var meter = new ByteMeter(progress, checkpoint.LogicalSize);
        var weights = target.Place(WeightFiles.Single);
        List<(FileEntry File, string Path)> files = [.. checkpoint.Files.Select(file => (file, target.Place(file.Path)))];
        await WriteWeightsAsync(store, checkpoint, weights, meter, cancellationToken);
        foreach (var (file, path) in files)
        {
            await File.WriteAllBytesAsync(path, await store.ReadAsync(file.Sha256, file.Size, cancellationToken), cancellationToken);
            meter.Add(file.Size);
        }

        target.Complete();
    }

    private static async Task WriteWeightsAsync(
        StoreClient store, Manifest checkpoint, string path, ByteMeter meter, CancellationToken cancellationToken)
    {
        using var writer = SafetensorsWriter.Create(path, checkpoint.Tensors, SafetensorsWriter.PyTorchMetadata);
        var contents = checkpoint.Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Sha256);
        await Parallel.ForEachAsync(writer.Tensors, Options(cancellationToken), async (tensor, token) =>
        {
            var bytes = await store.ReadAsync(contents[tensor.Name], CheckSize(tensor.Name, tensor.Size), token);
            writer.Write(tensor, bytes);
            meter.Add(bytes.Length);
        });
        writer.Complete();
    }

    private static long CheckSize(string name, long size) => size <= Array.MaxLength
        ? size
        : throw FaultException.Invalid($"The tensor {name} has {size} bytes; tensors of at most {Array.MaxLength} are supported.");

    private static ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
}
