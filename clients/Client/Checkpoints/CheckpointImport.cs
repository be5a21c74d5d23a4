using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>A folder on its way into the store; see <see cref="CheckpointFolder.ImportAsync"/>.</summary>
internal static class CheckpointImport
{
    public static async Task<Manifest> RunAsync(
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
        await Parallel.ForAsync(0, tensors.Length, Transfers.Options(cancellationToken), async (i, token) =>
        {
            var (file, tensor) = weights.Tensors[i];
            var similar = parents.TryGetValue(tensor.Name, out var entry) && entry.DType == tensor.DType ? entry.Sha256 : (Digest?)null;
            using var memory = await Transfers.TakeMemoryAsync(store, tensor.Size, token);
            tensors[i] = tensor.Size <= Transfers.WholeBytes
                ? await SendWholeAsync(store, file, tensor, similar, meter, token)
                : await SendPiecesAsync(store, file, tensor, similar, meter, token);
        });
        return new Manifest(ArtifactKind.Checkpoint) { Tensors = tensors, Files = entries };
    }

    private static async Task<TensorEntry> SendWholeAsync(
        StoreClient store, SafetensorsFile file, SafetensorsTensor tensor, Digest? similar, ByteMeter meter, CancellationToken cancellationToken)
    {
        var bytes = new byte[tensor.Size];
        file.Read(tensor, bytes);
        var entry = await store.WriteTensorAsync(tensor.Name, tensor.DType, tensor.Shape, bytes, similar, cancellationToken);
        meter.Add(bytes.Length);
        return entry;
    }

    // Read twice: the store is told the digest before the bytes.
    private static async Task<TensorEntry> SendPiecesAsync(
        StoreClient store, SafetensorsFile file, SafetensorsTensor tensor, Digest? similar, ByteMeter meter, CancellationToken cancellationToken)
    {
        var digest = await StoreClient.DigestOfAsync(tensor.Size, ReadAsync, cancellationToken);
        var sent = 0L;
        var entry = await store.WriteTensorAsync(
            tensor.Name,
            tensor.DType,
            tensor.Shape,
            digest,
            (offset, piece, token) =>
            {
                // What is sent again does not count again.
                var end = offset + piece.Length;
                meter.Add(Math.Max(0, end - sent));
                sent = Math.Max(sent, end);
                return ReadAsync(offset, piece, token);
            },
            similar,
            cancellationToken);
        meter.Add(tensor.Size - sent);
        return entry;

        Task ReadAsync(long offset, Memory<byte> piece, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            file.Read(tensor, offset, piece.Span);
            return Task.CompletedTask;
        }
    }
}
