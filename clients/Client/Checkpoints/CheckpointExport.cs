using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>A checkpoint on its way into a folder; see <see cref="CheckpointFolder.ExportAsync(StoreClient, Manifest, string, long?, IProgress{ValueTuple{long, long}}?, CancellationToken)"/>.</summary>
internal static class CheckpointExport
{
    public static async Task RunAsync(
        StoreClient store,
        Manifest checkpoint,
        string folder,
        long? maxShardBytes,
        IProgress<(long Done, long Total)>? progress,
        CancellationToken cancellationToken)
    {
        if (checkpoint.Kind != ArtifactKind.Checkpoint)
        {
            throw FaultException.Invalid($"The artifact is a {checkpoint.Kind}; only checkpoints are exported to a folder.");
        }

        var plan = ShardPlan.Of(checkpoint.Tensors, maxShardBytes);
        using var target = new ExportFolder(folder, checkpoint.LogicalSize);
        var meter = new ByteMeter(progress, checkpoint.LogicalSize);
        List<string> shards = [.. plan.Shards.Select(shard => target.Place(shard.FileName))];
        var index = plan.HasIndex ? target.Place(ShardPlan.IndexName) : null;
        List<(FileEntry File, string Path)> files = [.. checkpoint.Files.Select(file => (file, target.Place(file.Path)))];
        try
        {
            await store.PrepareReadsAsync([.. checkpoint.Contents], cancellationToken);
            await WriteWeightsAsync(store, plan, shards, meter, cancellationToken);
            await WriteFilesAsync(store, files, meter, cancellationToken);
            if (index is not null)
            {
                await File.WriteAllBytesAsync(index, plan.Index(), cancellationToken);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or FaultException { Kind: FaultKind.Unavailable or FaultKind.Exhausted })
        {
            target.KeepForNext();
            throw;
        }

        target.Complete();
    }

    private static async Task WriteWeightsAsync(
        StoreClient store, ShardPlan plan, List<string> paths, ByteMeter meter, CancellationToken cancellationToken)
    {
        List<SafetensorsWriter> writers = new(paths.Count);
        try
        {
            foreach (var (shard, path) in plan.Shards.Zip(paths))
            {
                writers.Add(SafetensorsWriter.Resume(path, shard.Tensors, SafetensorsWriter.PyTorchMetadata));
            }

            var contents = plan.Shards.SelectMany(shard => shard.Tensors).ToDictionary(tensor => tensor.Name, tensor => tensor.Sha256);
            var tensors = writers.SelectMany(writer => writer.Tensors.Select(tensor => (writer, tensor)));
            await Parallel.ForEachAsync(tensors, Transfers.Options(cancellationToken), async (item, token) =>
            {
                var (writer, tensor) = item;
                if (writer.TryKeep(tensor, contents[tensor.Name]))
                {
                    meter.Add(tensor.Size);
                    return;
                }

                using var memory = await Transfers.TakeMemoryAsync(store, tensor.Size, token);
                await FetchAsync(store, contents[tensor.Name], writer, tensor, meter, token);
            });
            writers.ForEach(writer => writer.Complete());
        }
        finally
        {
            writers.ForEach(writer => writer.Dispose());
        }
    }

    private static async Task FetchAsync(
        StoreClient store, Digest content, SafetensorsWriter writer, SafetensorsTensor tensor, ByteMeter meter, CancellationToken cancellationToken)
    {
        if (tensor.Size <= Transfers.WholeBytes)
        {
            writer.Write(tensor, await store.ReadAsync(content, tensor.Size, cancellationToken));
            meter.Add(tensor.Size);
            return;
        }

        await foreach (var piece in store.ReadPiecesAsync(content, tensor.Size, cancellationToken))
        {
            writer.Write(tensor, piece.Span);
            meter.Add(piece.Length);
        }
    }

    private static async Task WriteFilesAsync(
        StoreClient store, List<(FileEntry File, string Path)> files, ByteMeter meter, CancellationToken cancellationToken)
    {
        foreach (var (file, path) in files)
        {
            var isThere = File.Exists(path) && Digest.Of(await File.ReadAllBytesAsync(path, cancellationToken)) == file.Sha256;
            if (!isThere)
            {
                await File.WriteAllBytesAsync(path, await store.ReadAsync(file.Sha256, file.Size, cancellationToken), cancellationToken);
            }

            meter.Add(file.Size);
        }
    }
}
