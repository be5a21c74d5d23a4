using Google.Protobuf.WellKnownTypes;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Grpc.Core;

namespace Graft.VectorStore.Rpc;

/// <content>Lists, lineage, verification and garbage collection.</content>
internal sealed partial class VectorStoreRpc
{
    private const int MaxMessageBytes = (4 << 20) - (64 << 10);

    public override async Task<V1.ListArtifactsResponse> ListArtifacts(V1.ListArtifactsRequest request, ServerCallContext context)
    {
        ArtifactKind? kind = request.Kind == V1.ArtifactKind.Unspecified ? null : (ArtifactKind)request.Kind;
        if (kind is { } asked && !System.Enum.IsDefined(asked))
        {
            throw FaultException.Invalid($"The artifact kind {request.Kind} is unknown.", "kind");
        }

        var question = $"artifacts {request.Kind}";
        var after = PageToken.Decode(question, request.PageToken) is { } last ? Digest.Parse(last, "page_token") : (Digest?)null;
        var page = await artifacts.ReadAsync(kind, after, PageSize(request.PageSize), context.CancellationToken);
        var response = new V1.ListArtifactsResponse
        {
            NextPageToken = PageToken.Encode(question, page.Next?.ToString()),
            ParentsSize = page.ParentsSize,
        };
        response.Artifacts.AddRange(page.Artifacts.Select(HousekeepingCodec.ToProto));
        return response;
    }

    public override async Task<V1.GetLineageResponse> GetLineage(V1.GetLineageRequest request, ServerCallContext context)
    {
        var artifact = await ResolveAsync(request.Reference, context.CancellationToken);
        var response = new V1.GetLineageResponse();
        response.Nodes.AddRange((await lineage.FindAsync(artifact, request.Depth, context.CancellationToken)).Select(HousekeepingCodec.ToProto));
        return response.CalculateSize() <= MaxMessageBytes
            ? response
            : throw new FaultException(FaultKind.Precondition, "The lineage is longer than one answer may be: ask for fewer levels, and go on from there.")
            {
                Field = "depth",
            };
    }

    public override async Task Verify(V1.VerifyRequest request, IServerStreamWriter<V1.VerifyResponse> responseStream, ServerCallContext context)
    {
        var artifact = request.Reference.Length > 0 ? await ResolveAsync(request.Reference, context.CancellationToken) : (Digest?)null;
        var verified = 0L;
        await foreach (var progress in verification.RunAsync(artifact, context.CancellationToken))
        {
            metrics.Verified(progress.Bytes - verified, progress.Damages.Count);
            verified = progress.Bytes;
            await responseStream.WriteAsync(HousekeepingCodec.ToProto(progress), context.CancellationToken);
        }
    }

    public override async Task CollectGarbage(
        V1.CollectGarbageRequest request, IServerStreamWriter<V1.CollectGarbageResponse> responseStream, ServerCallContext context)
    {
        var plan = new CollectionPlan(
            request.DryRun,
            ToTimeSpan(request.Grace, "grace") ?? GarbageCollector.DefaultGrace,
            ToTimeSpan(request.ForgetResults, "forget_results"));
        var last = new V1.CollectGarbageResponse();
        var collected = await collector.CollectAsync(
            plan,
            progress =>
            {
                last = new V1.CollectGarbageResponse { Stage = progress.Stage, Objects = progress.Objects };
                return responseStream.WriteAsync(last, context.CancellationToken);
            },
            context.CancellationToken);
        var response = last.Clone();
        response.Collected.AddRange(collected.Select(each => new V1.Collected { Kind = each.Kind, Objects = each.Objects, Bytes = each.Bytes }));
        await responseStream.WriteAsync(response, context.CancellationToken);
    }

    public override async Task LocateContents(
        V1.LocateContentsRequest request, IServerStreamWriter<V1.LocateContentsResponse> responseStream, ServerCallContext context)
    {
        var digests = ParseAll(request.Sha256S, "sha256s", MaxLocated);
        for (var i = 0; i < digests.Length; i++)
        {
            var location = await locator.LocateAsync(digests[i], context.CancellationToken)
                ?? throw new FaultException(FaultKind.NotFound, $"The store has no content {digests[i]}.") { Field = $"sha256s[{i}]" };
            await responseStream.WriteAsync(HousekeepingCodec.ToProto(digests[i], location), context.CancellationToken);
        }
    }

    private static TimeSpan? ToTimeSpan(Duration? duration, string field)
    {
        try
        {
            return duration?.ToTimeSpan();
        }
        catch (InvalidOperationException exception)
        {
            throw FaultException.Invalid("The duration is malformed: seconds and nanoseconds of one sign are expected.", field, exception);
        }
    }
}
