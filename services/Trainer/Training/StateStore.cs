using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// Keeps a job's training state in the store under the name <c>training/&lt;recipe digest&gt;</c>: weights and moments as the
/// optimizer keeps them, the counts and the log. Data and random order follow from the step. Large tensors go piece by piece, so that
/// a state as large as a GPU's memory needs no more than a piece of the host's.
/// </summary>
internal sealed class StateStore(StoreClient store, Digest recipe, long pieceElements = StateStore.PieceElements)
{
    private const long PieceElements = 1 << 24;
    private const string ProgressFile = "progress.json";
    private const string LogFile = "log.jsonl";

    private string Name => $"training/{recipe}";

    public async Task SaveAsync(TrainingSession session, CancellationToken cancellationToken)
    {
        List<TensorEntry> tensors = [];
        foreach (var (name, flat, begin, count) in Pieces(session))
        {
            var bytes = BytesOf(flat, begin, count);
            tensors.Add(await store.WriteTensorAsync(name, TensorBytes.ToDType(flat.dtype), [count], bytes, parent: null, cancellationToken));
        }

        var progress = JsonSerializer.SerializeToUtf8Bytes(session.Counts);
        var manifest = new Manifest(ArtifactKind.TrainingState)
        {
            Tensors = [.. tensors.OrderBy(entry => entry.Name, StringComparer.Ordinal)],
            Files =
            [
                await store.WriteFileAsync(LogFile, Encoding.UTF8.GetBytes(session.Log.ToString()), cancellationToken),
                await store.WriteFileAsync(ProgressFile, progress, cancellationToken),
            ],
        };
        await store.PutArtifactAsync(manifest, Name, cancellationToken);
    }

    /// <param name="session">Receives the state.</param>
    /// <param name="isUsable">Whether training may go on from that step.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False, and nothing done, when there is no such state: the job begins at the beginning.</returns>
    /// <exception cref="FaultException">Corrupt: the state lacks a part.</exception>
    public async Task<bool> RestoreAsync(TrainingSession session, Func<int, bool> isUsable, CancellationToken cancellationToken)
    {
        ArtifactInfo state;
        try
        {
            state = await store.GetArtifactAsync(Name, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            return false;
        }

        var counts = JsonSerializer.Deserialize<TrainingCounts>(await ReadAsync(state, ProgressFile, cancellationToken))!;
        if (!isUsable(counts.Step))
        {
            return false;
        }

        foreach (var (name, flat, begin, count) in Pieces(session))
        {
            var entry = state.Manifest.Tensors.FirstOrDefault(entry => entry.Name == name) ?? throw Lacks(state, name);
            var bytes = await store.ReadAsync(entry.Sha256, entry.Size, cancellationToken);
            using var saved = TensorBytes.ToTensor(bytes, entry.DType, [.. entry.Shape], CPU);
            using var none = no_grad();
            using var range = flat.narrow(0, begin, count);
            range.copy_(saved);
        }

        session.Counts = counts;
        session.Log = new TrainingLog(Encoding.UTF8.GetString(await ReadAsync(state, LogFile, cancellationToken)));
        session.Parameters.Publish();
        return true;
    }

    /// <summary>The job is done; its state is of no more use.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken) => store.SetNameAsync(Name, null, cancellationToken);

    /// <summary>The state's tensors, cut where they are large; a piece of one that is not has its name.</summary>
    private IEnumerable<(string Name, Tensor Flat, long Begin, long Count)> Pieces(TrainingSession session)
    {
        foreach (var (name, tensor) in session.State)
        {
            var count = tensor.numel();
            for (long begin = 0; begin < count; begin += pieceElements)
            {
                yield return (count <= pieceElements ? name : $"{name}.{begin / pieceElements}", tensor, begin, Math.Min(pieceElements, count - begin));
            }
        }
    }

    private static byte[] BytesOf(Tensor flat, long begin, long count)
    {
        using var range = flat.narrow(0, begin, count);
        var bytes = new byte[TensorBytes.SizeOf(range)];
        TensorBytes.CopyBytes(range, bytes);
        return bytes;
    }

    private async Task<byte[]> ReadAsync(ArtifactInfo state, string path, CancellationToken cancellationToken)
    {
        var file = state.Manifest.File(path) ?? throw Lacks(state, path);
        return await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
    }

    private FaultException Lacks(ArtifactInfo state, string part) =>
        FaultException.Corrupt($"The training state {state.Digest} lacks {part}; without the name {Name} the job begins anew.");
}
