using Google.Protobuf.WellKnownTypes;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client;

/// <summary>What the store has and what it takes, where artifacts come from, whether all is whole, and what may go.</summary>
public sealed class HousekeepingClient
{
    // Reading everything takes as long as it takes; a server that is gone shows by its missing answers to pings.
    private static readonly TimeSpan _limit = TimeSpan.FromDays(1);

    private readonly Endpoint _endpoint;

    internal HousekeepingClient(Endpoint endpoint) => _endpoint = endpoint;

    private V1.VectorStoreService.VectorStoreServiceClient Service => new(_endpoint.Invoker);

    /// <summary>All artifacts with what they take.</summary>
    /// <param name="progress">Told how many artifacts were counted so far.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<StoreUsage> MeasureAsync(IProgress<int> progress, CancellationToken cancellationToken)
    {
        List<ArtifactUsage> artifacts = [];
        var request = new V1.ListArtifactsRequest { PageSize = 1000 };
        while (true)
        {
            var page = await _endpoint.CallAsync(options => Service.ListArtifactsAsync(request, options), cancellationToken);
            artifacts.AddRange(page.Artifacts.Select(summary => new ArtifactUsage(
                Digest.Parse(summary.Digest), KindOf(summary.Kind), [.. summary.Names], summary.LogicalSize, summary.StoredSize, summary.OwnSize)));
            progress.Report(artifacts.Count);
            if (page.NextPageToken.Length == 0)
            {
                return new StoreUsage(artifacts, page.ParentsSize);
            }

            request.PageToken = page.NextPageToken;
        }
    }

    /// <summary>The artifact first, then what it was made from, breadth first; each artifact once.</summary>
    /// <param name="reference">A name or digest.</param>
    /// <param name="depth">Levels of inputs; 0 for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound. Precondition: too long for one answer; ask for fewer levels.</exception>
    public async Task<IReadOnlyList<LineageEntry>> TraceAsync(string reference, int depth, CancellationToken cancellationToken)
    {
        var request = new V1.GetLineageRequest { Reference = reference, Depth = depth };
        var response = await _endpoint.CallAsync(options => Service.GetLineageAsync(request, options), cancellationToken);
        return
        [
            .. response.Nodes.Select(node => new LineageEntry(
                Digest.Parse(node.Artifact),
                KindOf(node.Kind),
                [.. node.Names],
                [.. node.Recipes.Select(RecipeCodec.FromProto)],
                [.. node.Inputs.Select(input => Digest.Parse(input))])),
        ];
    }

    /// <summary>Reads all that an artifact consists of; begins anew when the connection breaks.</summary>
    /// <param name="reference">A name or digest; null for every artifact.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound.</exception>
    public Task<Verified> VerifyAsync(string? reference, IProgress<Verified> progress, CancellationToken cancellationToken) =>
        _endpoint.RetryAsync(
            async (_, token) =>
            {
                var last = new Verified(0, 0, 0, 0, []);
                List<DamagedObject> damages = [];
                using var call = Service.Verify(new V1.VerifyRequest { Reference = reference ?? "" }, Options(token));
                await ReadAsync(
                    call,
                    message =>
                    {
                        damages.AddRange(message.Damages.Select(damage => new DamagedObject(
                            damage.Object, damage.Message, [.. damage.Artifacts.Select(artifact => Digest.Parse(artifact))])));
                        last = new Verified(message.Artifacts, message.TotalArtifacts, message.Bytes, message.TotalBytes, damages);
                        progress.Report(last);
                    },
                    token);
                return last;
            },
            cancellationToken);

    /// <summary>Deletes what nothing leads to.</summary>
    /// <param name="isDryRun">Tell, and delete nothing.</param>
    /// <param name="grace">What is younger stays; null for the store's default.</param>
    /// <param name="forgetResults">Results older than this go when nothing else leads to what they made; null to keep all.</param>
    /// <param name="progress">Told the stage and how many objects were looked at in it.</param>
    /// <param name="cancellationToken">Ends the collection.</param>
    /// <exception cref="FaultException">Invalid: a period is too short. Precondition: another collection runs, or the connection broke in the middle.</exception>
    public Task<IReadOnlyList<CollectedObjects>> CollectAsync(
        bool isDryRun, TimeSpan? grace, TimeSpan? forgetResults, IProgress<(string Stage, long Objects)> progress, CancellationToken cancellationToken)
    {
        var request = new V1.CollectGarbageRequest { DryRun = isDryRun, Grace = grace?.ToDuration(), ForgetResults = forgetResults?.ToDuration() };
        return _endpoint.RetryAsync<IReadOnlyList<CollectedObjects>>(
            async (_, token) =>
            {
                V1.CollectGarbageResponse? last = null;
                try
                {
                    using var call = Service.CollectGarbage(request, Options(token));
                    await ReadAsync(call, message => Report(last = message, progress), token);
                }
                catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable && last is not null)
                {
                    throw new FaultException(
                        FaultKind.Precondition, "The connection broke while garbage was being collected; what was deleted is gone, and the same command goes on.", fault);
                }

                return [.. (last?.Collected ?? []).Select(each => new CollectedObjects(each.Kind, each.Objects, each.Bytes))];
            },
            cancellationToken);
    }

    private static void Report(V1.CollectGarbageResponse message, IProgress<(string Stage, long Objects)> progress) =>
        progress.Report((message.Stage, message.Objects));

    private async Task ReadAsync<T>(AsyncServerStreamingCall<T> call, Action<T> take, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                take(message);
            }
        }
        catch (RpcException exception)
        {
            throw _endpoint.Translate(exception, cancellationToken);
        }
    }

    private static ArtifactKind? KindOf(V1.ArtifactKind kind) => kind == V1.ArtifactKind.Unspecified ? null : (ArtifactKind)kind;

    // The gRPC library compares deadlines with the system's clock.
    private static CallOptions Options(CancellationToken cancellationToken) =>
        new(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + _limit, cancellationToken: cancellationToken);
}
