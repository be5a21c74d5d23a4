using Graft.Artifacts;
using Graft.Client.Checkpoints;
using Graft.Faults;

namespace Graft.Client;

/// <summary>
/// Checkpoints from and to folders as Hugging Face transformers lays them out. Several tensors are on their way at once, in as much
/// memory as the client's options allow (<see cref="ClientOptions.TransferBytes"/>); those above 32 MiB never as a whole. Whatever
/// headers can tell is checked before the first tensor moves.
/// </summary>
public static class CheckpointFolder
{
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
    public static Task<Manifest> ImportAsync(
        StoreClient store, string folder, Manifest? parent, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken) =>
        CheckpointImport.RunAsync(store, folder, parent, progress, cancellationToken);

    /// <summary>Writes a checkpoint with all weights in one file, as below.</summary>
    public static Task ExportAsync(
        StoreClient store, Manifest checkpoint, string folder, IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken) =>
        ExportAsync(store, checkpoint, folder, maxShardBytes: null, progress, cancellationToken);

    /// <summary>
    /// Writes a checkpoint to a new folder: model.safetensors, or shards with an index, as transformers saves them, and the other files.
    /// The folder appears when it is complete; until then it has ".partial" behind its name. What interrupts an export (cancellation, a
    /// store that is away, the end of the process) leaves that, and the next export to the same folder fetches only what is missing in it:
    /// every tensor that lies there is compared with its digest. Other failures leave nothing.
    /// </summary>
    /// <param name="store">Has the contents.</param>
    /// <param name="checkpoint">Which checkpoint.</param>
    /// <param name="folder">Must not exist, or be empty.</param>
    /// <param name="maxShardBytes">Bytes of tensors in a file of weights at most; null for a single file.</param>
    /// <param name="progress">Bytes done and in all.</param>
    /// <param name="cancellationToken">Gives up; done again, it goes on.</param>
    /// <exception cref="FaultException">
    /// Exists: the folder is not empty. Precondition: no space. Conflict: another export writes there. Invalid: not a checkpoint, or with a
    /// file that would lie elsewhere. Corrupt: stored bytes are damaged.
    /// </exception>
    public static Task ExportAsync(
        StoreClient store,
        Manifest checkpoint,
        string folder,
        long? maxShardBytes,
        IProgress<(long Done, long Total)>? progress,
        CancellationToken cancellationToken) =>
        CheckpointExport.RunAsync(store, checkpoint, folder, maxShardBytes, progress, cancellationToken);
}
