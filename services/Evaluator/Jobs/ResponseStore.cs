using Graft.Artifacts;
using Graft.Client;
using Graft.Evaluator.Results;
using Graft.Faults;

namespace Graft.Evaluator.Jobs;

/// <summary>
/// Keeps what a job's model has said so far in the store under the name <c>evaluating/&lt;recipe digest&gt;</c>, so that a job that was
/// killed goes on where it was.
/// </summary>
internal sealed class ResponseStore(StoreClient store, Digest recipe)
{
    private const string File = "responses.jsonl";

    private string Name => $"evaluating/{recipe}";

    public async Task SaveAsync(ResponseSet responses, CancellationToken cancellationToken)
    {
        var manifest = new Manifest(ArtifactKind.Evaluation) { Files = [await store.WriteFileAsync(File, responses.Write(), cancellationToken)] };
        await store.PutArtifactAsync(manifest, Name, cancellationToken);
    }

    /// <summary>Reads what an earlier attempt has left; nothing when there was none.</summary>
    public async Task RestoreAsync(ResponseSet responses, CancellationToken cancellationToken)
    {
        ArtifactInfo saved;
        try
        {
            saved = await store.GetArtifactAsync(Name, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            return;
        }

        var file = saved.Manifest.File(File) ?? throw FaultException.Corrupt($"The saved responses {saved.Digest} lack {File}.");
        responses.Read(await store.ReadAsync(file.Sha256, file.Size, cancellationToken));
    }

    /// <summary>The job is done; what was saved is of no more use.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        try
        {
            await store.SetNameAsync(Name, null, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.NotFound)
        {
            // Never saved.
        }
    }
}
