using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Lineage;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Names;
using Graft.VectorStore.Results;
using Graft.VectorStore.Verifying;
using Grpc.Core;

namespace Graft.VectorStore.Rpc;

/// <summary>The protocol of the store, and nothing but: see vector_store.proto.</summary>
internal sealed partial class VectorStoreRpc(
    ContentIndex contents,
    ContentReader reader,
    ContentWriter writer,
    ContentLocator locator,
    ManifestStore manifests,
    ArtifactList artifacts,
    NameStore names,
    ResultStore results,
    LineageSearch lineage,
    Verification verification,
    GarbageCollector collector,
    StoreMetrics metrics)
    : V1.VectorStoreService.VectorStoreServiceBase
{
    private const int MaxDigests = 10_000;
    private const int MaxLocated = 1000;
    private const int MessageBytes = 1 << 20;
    private const int MaxDrainedMessages = 64;
    private const int DefaultPageSize = 100;
    private const int MaxPageSize = 1000;

    public override async Task<V1.FindMissingContentsResponse> FindMissingContents(
        V1.FindMissingContentsRequest request, ServerCallContext context)
    {
        var missing = await contents.FindMissingAsync(ParseAll(request.Sha256S, "sha256s"), context.CancellationToken);
        metrics.Asked(request.Sha256S.Count - missing.Count, missing.Count);
        var response = new V1.FindMissingContentsResponse();
        response.Sha256S.AddRange(missing.Select(digest => digest.ToString()));
        return response;
    }

    public override async Task<V1.WriteContentResponse> WriteContent(
        IAsyncStreamReader<V1.WriteContentRequest> requestStream, ServerCallContext context)
    {
        try
        {
            if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.Header is not { } header)
            {
                throw FaultException.Invalid("The first message of a write is its header.", "header");
            }

            var parts = ReadPartsAsync(requestStream, context.CancellationToken);
            var stored = await writer.WriteAsync(ToHeader(header), parts, context.CancellationToken);
            await DrainAsync(requestStream, context.CancellationToken);
            return new V1.WriteContentResponse { StoredSize = stored };
        }
        catch (FaultException)
        {
            await DrainAsync(requestStream, context.CancellationToken);
            throw;
        }
    }

    public override async Task<V1.QueryWriteResponse> QueryWrite(V1.QueryWriteRequest request, ServerCallContext context)
    {
        var (committed, isComplete) = await writer.QueryAsync(Digest.Parse(request.Sha256, "sha256"), context.CancellationToken);
        return new V1.QueryWriteResponse { Committed = committed, Complete = isComplete };
    }

    public override async Task ReadContent(
        V1.ReadContentRequest request, IServerStreamWriter<V1.ReadContentResponse> responseStream, ServerCallContext context)
    {
        var digest = Digest.Parse(request.Sha256, "sha256");
        await foreach (var piece in reader.ReadAsync(digest, request.Offset, request.Length, context.CancellationToken))
        {
            metrics.Read(piece.Length);
            for (var rest = piece; rest.Length > 0; rest = rest[Math.Min(rest.Length, MessageBytes)..])
            {
                // A message is in the connection's own buffers when WriteAsync returns, so that the piece may be reused.
                var chunk = UnsafeByteOperations.UnsafeWrap(rest[..Math.Min(rest.Length, MessageBytes)]);
                await responseStream.WriteAsync(new V1.ReadContentResponse { Chunk = chunk }, context.CancellationToken);
            }
        }
    }

    public override async Task<V1.PutArtifactResponse> PutArtifact(V1.PutArtifactRequest request, ServerCallContext context)
    {
        if (request.Name.Length > 0)
        {
            ArtifactName.Check(request.Name, "name");
        }

        var manifest = ManifestCodec.FromProto(request.Artifact ?? throw FaultException.Invalid("The request has no artifact.", "artifact"));
        var digest = await manifests.PutAsync(manifest, context.CancellationToken);
        if (request.Name.Length > 0)
        {
            await names.SetAsync(request.Name, digest, context.CancellationToken);
        }

        return new V1.PutArtifactResponse { Digest = digest.ToString() };
    }

    public override async Task<V1.GetArtifactResponse> GetArtifact(V1.GetArtifactRequest request, ServerCallContext context)
    {
        var digest = await ResolveAsync(request.Reference, context.CancellationToken);
        var artifact = await manifests.FindAsync(digest, context.CancellationToken)
            ?? throw FaultException.NotFound($"The store has no artifact {request.Reference}.");
        return new V1.GetArtifactResponse
        {
            Digest = digest.ToString(),
            Artifact = ManifestCodec.ToProto(artifact.Manifest),
            LogicalSize = artifact.Manifest.LogicalSize,
            StoredSize = artifact.StoredSize,
        };
    }

    public override async Task<V1.ListNamesResponse> ListNames(V1.ListNamesRequest request, ServerCallContext context)
    {
        var question = $"names {request.Prefix}";
        var after = PageToken.Decode(question, request.PageToken);
        var (found, next) = await names.ListAsync(request.Prefix, after, PageSize(request.PageSize), context.CancellationToken);
        var response = new V1.ListNamesResponse { NextPageToken = PageToken.Encode(question, next) };
        response.Names.AddRange(found.Select(entry => new V1.Name
        {
            Name_ = entry.Name,
            Artifact = entry.Artifact.ToString(),
            Kind = (V1.ArtifactKind)(entry.Kind ?? 0),
        }));
        return response;
    }

    public override async Task<V1.SetNameResponse> SetName(V1.SetNameRequest request, ServerCallContext context)
    {
        var artifact = ParseOptional(request.Artifact, "artifact");
        if (request.HasExpected)
        {
            await names.SetAsync(request.Name, artifact, ParseOptional(request.Expected, "expected"), context.CancellationToken);
        }
        else
        {
            await names.SetAsync(request.Name, artifact, context.CancellationToken);
        }

        return new V1.SetNameResponse();
    }

    public override async Task<V1.LookUpResultsResponse> LookUpResults(V1.LookUpResultsRequest request, ServerCallContext context)
    {
        var artifacts = await results.LookUpAsync(ParseAll(request.Recipes, "recipes"), request.CheckContents, context.CancellationToken);
        var hits = artifacts.Count(artifact => artifact is not null);
        metrics.LookedUp(hits, artifacts.Count - hits);
        var response = new V1.LookUpResultsResponse();
        response.Results.AddRange(request.Recipes.Select((recipe, i) => new V1.Result
        {
            Recipe = recipe,
            Artifact = artifacts[i]?.ToString() ?? "",
        }));
        return response;
    }

    public override async Task<V1.PutResultResponse> PutResult(V1.PutResultRequest request, ServerCallContext context)
    {
        var recipe = RecipeCodec.FromProto(request.Recipe ?? throw FaultException.Invalid("The request has no recipe.", "recipe"));
        await results.PutAsync(recipe, Digest.Parse(request.Artifact, "artifact"), context.CancellationToken);
        return new V1.PutResultResponse();
    }

    private static ContentHeader ToHeader(V1.WriteHeader header) => new(
        Digest.Parse(header.Sha256, "header.sha256"),
        header.Size,
        header.Offset,
        header.Dtype == V1.DType.Unspecified ? null : ManifestCodec.FromProto(header.Dtype, "header.dtype"),
        ParseOptional(header.Parent, "header.parent"));

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadPartsAsync(
        IAsyncStreamReader<V1.WriteContentRequest> stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await stream.MoveNext(cancellationToken))
        {
            if (stream.Current is not { PartCase: V1.WriteContentRequest.PartOneofCase.Chunk, Chunk.Length: <= MessageBytes } part)
            {
                throw FaultException.Invalid($"After its header, a write consists of chunks of at most {MessageBytes} bytes.", "chunk");
            }

            yield return part.Chunk.Memory;
        }
    }

    // An answer while the caller still sends resets the stream; data on its way then can break the connection with all its other
    // calls (seen between .NET 10.0's client and Kestrel: STREAM_CLOSED). So the rest is taken and thrown away first.
    private static async Task DrainAsync(IAsyncStreamReader<V1.WriteContentRequest> stream, CancellationToken cancellationToken)
    {
        for (var left = MaxDrainedMessages; left > 0 && await stream.MoveNext(cancellationToken); left--)
        {
        }
    }

    /// <summary>The artifact of a name or digest.</summary>
    private async Task<Digest> ResolveAsync(string reference, CancellationToken cancellationToken) =>
        Digest.TryParse(reference, out var digest)
            ? digest
            : await names.FindAsync(reference, "reference", cancellationToken)
                ?? throw FaultException.NotFound($"The store has no artifact of the name {reference}.");

    private static int PageSize(int asked) => asked switch
    {
        < 0 => throw FaultException.Invalid($"A page cannot have {asked} entries.", "page_size"),
        0 => DefaultPageSize,
        _ => Math.Min(asked, MaxPageSize),
    };

    private static Digest? ParseOptional(string text, string field) => text.Length > 0 ? Digest.Parse(text, field) : null;

    private static Digest[] ParseAll(RepeatedField<string> texts, string field, int limit = MaxDigests) =>
        texts.Count <= limit
            ? [.. texts.Select((text, i) => Digest.Parse(text, $"{field}[{i}]"))]
            : throw FaultException.Invalid($"{texts.Count} digests are more than the {limit} of one request.", field);
}
