using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Weights;
using static TorchSharp.torch;

namespace Graft.Trainer.Training;

/// <summary>
/// Keeps a job's training state in the store under the name <c>training/&lt;recipe digest&gt;</c>: fp32 weights and moments, the
/// step, the tokens seen and the log. Data and random order follow from the step.
/// </summary>
internal sealed class StateStore(StoreClient store, Digest recipe)
{
    private const string ProgressFile = "progress.json";
    private const string LogFile = "log.jsonl";

    private string Name => $"training/{recipe}";

    public async Task SaveAsync(TrainingSession session, CancellationToken cancellationToken)
    {
        List<TensorEntry> tensors = [];
        foreach (var (name, tensor) in Tensors(session))
        {
            var bytes = new byte[tensor.numel() * sizeof(float)];
            TensorBytes.CopyBytes(tensor, bytes);
            tensors.Add(await store.WriteTensorAsync(name, DType.F32, [tensor.numel()], bytes, parent: null, cancellationToken));
        }

        var progress = JsonSerializer.SerializeToUtf8Bytes(new SavedProgress(session.Step, session.Tokens));
        var manifest = new Manifest(ArtifactKind.TrainingState)
        {
            Tensors = tensors,
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

        var progress = JsonSerializer.Deserialize<SavedProgress>(await ReadAsync(state, ProgressFile, cancellationToken))!;
        if (!isUsable(progress.Step))
        {
            return false;
        }

        foreach (var (name, tensor) in Tensors(session))
        {
            var entry = state.Manifest.Tensors.First(entry => entry.Name == name);
            var bytes = await store.ReadAsync(entry.Sha256, entry.Size, cancellationToken);
            using var saved = TensorBytes.ToTensor(bytes, entry.DType, [.. entry.Shape], CPU);
            using var none = no_grad();
            tensor.copy_(saved);
        }

        session.Step = progress.Step;
        session.Tokens = progress.Tokens;
        session.Log = new TrainingLog(Encoding.UTF8.GetString(await ReadAsync(state, LogFile, cancellationToken)));
        session.Parameters.Publish();
        return true;
    }

    /// <summary>The job is done; its state is of no more use.</summary>
    public Task ForgetAsync(CancellationToken cancellationToken) => store.SetNameAsync(Name, null, cancellationToken);

    private static (string Name, Tensor Tensor)[] Tensors(TrainingSession session) =>
    [
        ("master", session.Parameters.Master),
        ("moment1", session.Optimizer.Moment1),
        ("moment2", session.Optimizer.Moment2),
    ];

    private async Task<byte[]> ReadAsync(ArtifactInfo state, string path, CancellationToken cancellationToken)
    {
        var file = state.Manifest.File(path) ?? throw FaultException.Corrupt($"The training state {state.Digest} lacks {path}.");
        return await store.ReadAsync(file.Sha256, file.Size, cancellationToken);
    }

    private sealed record SavedProgress(int Step, long Tokens);
}
