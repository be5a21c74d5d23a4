using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client.Calls;
using Graft.Client.Contents;
using Graft.Client.Contents.Direct;
using Graft.Client.Contents.Disk;
using Graft.Faults;
using Microsoft.Extensions.Logging;

namespace Graft.Client;

/// <summary>The vector store. Everything here may be called again after a failure; only a compare-and-swap is not repeated by itself.</summary>
public sealed partial class StoreClient : IDisposable
{
    // What the protocol takes in one request.
    private const int BatchSize = 10_000;

    private const int CheckedBatchSize = 1_000;

    // Up to here it is cheaper to send a content than to ask first whether the store has it.
    private const int AskFrom = 64 << 10;

    private readonly Endpoint _endpoint;
    private readonly ContentCache _cache;
    private readonly ContentUpload _upload;
    private readonly ContentReader _reader;
    private readonly DirectDownload? _direct;
    private readonly DiskCache? _disk;

    internal StoreClient(Endpoint endpoint, ClientOptions options, ILogger logger)
    {
        _endpoint = endpoint;
        _cache = new ContentCache(options.CacheBytes);
        _upload = new ContentUpload(endpoint);
        _disk = options.CacheDiskBytes > 0 ? new DiskCache(CacheFolder.Of(options), options.CacheDiskBytes, endpoint.Time, logger) : null;
        _direct = options.DirectReads ? new DirectDownload(endpoint, options.DirectConnections, TryReadCachedAsync, logger) : null;
        _reader = new ContentReader(new ContentDownload(endpoint), _disk, _direct);
        Transfers = new ByteBudget(options.TransferBytes);
    }

    /// <summary>Memory of imports and exports of this client, all together.</summary>
    internal ByteBudget Transfers { get; }

    private V1.VectorStoreService.VectorStoreServiceClient Service => new(_endpoint.Invoker);

    /// <param name="reference">A name, or a digest of 64 hex digits.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<ArtifactInfo> GetArtifactAsync(string reference, CancellationToken cancellationToken)
    {
        var request = new V1.GetArtifactRequest { Reference = reference };
        var response = await _endpoint.CallAsync(options => Service.GetArtifactAsync(request, options), cancellationToken);
        return new ArtifactInfo(
            Digest.Parse(response.Digest), ManifestCodec.FromProto(response.Artifact), response.LogicalSize, response.StoredSize);
    }

    /// <summary>Completes an artifact whose contents are in the store.</summary>
    /// <param name="manifest">What it consists of.</param>
    /// <param name="name">A name to point at it, whatever it points at now; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">Precondition: the store lacks a content, which is named. Invalid: the manifest or the name is malformed.</exception>
    public async Task<Digest> PutArtifactAsync(Manifest manifest, string? name, CancellationToken cancellationToken)
    {
        var request = new V1.PutArtifactRequest { Artifact = ManifestCodec.ToProto(manifest), Name = name ?? "" };
        var response = await _endpoint.CallAsync(options => Service.PutArtifactAsync(request, options), cancellationToken);
        return Digest.Parse(response.Digest);
    }

    /// <summary>Those of the contents that the store lacks, in the order given.</summary>
    public async Task<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyCollection<Digest> contents, CancellationToken cancellationToken)
    {
        List<Digest> missing = [];
        foreach (var batch in contents.Chunk(BatchSize))
        {
            var request = new V1.FindMissingContentsRequest();
            request.Sha256S.AddRange(batch.Select(digest => digest.ToString()));
            var response = await _endpoint.CallAsync(options => Service.FindMissingContentsAsync(request, options), cancellationToken);
            missing.AddRange(response.Sha256S.Select(text => Digest.Parse(text)));
        }

        return missing;
    }

    /// <summary>Makes sure the store has these bytes.</summary>
    /// <param name="name">Name of the tensor in its artifact.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Row-major extents.</param>
    /// <param name="bytes">Raw, little-endian; as many as dtype and shape say.</param>
    /// <param name="parent">A content that is probably similar, such as the same tensor of the checkpoint a training started from.</param>
    /// <param name="cancellationToken">Gives up; what has arrived need not be sent again.</param>
    public async Task<TensorEntry> WriteTensorAsync(
        string name, DType dtype, IReadOnlyList<long> shape, ReadOnlyMemory<byte> bytes, Digest? parent, CancellationToken cancellationToken)
    {
        var entry = new TensorEntry(name, dtype, [.. shape], Digest.Of(bytes.Span));
        if (entry.Size != bytes.Length)
        {
            throw new ArgumentException($"{name}: {bytes.Length} bytes, but {dtype} [{string.Join(", ", shape)}] has {entry.Size}.", nameof(bytes));
        }

        await WriteAsync(entry.Sha256, bytes, dtype, parent, cancellationToken);
        return entry;
    }

    /// <summary>Makes sure the store has these bytes.</summary>
    /// <param name="path">Path of the file in its artifact, relative, with forward slashes.</param>
    /// <param name="bytes">The whole file.</param>
    /// <param name="cancellationToken">Gives up; what has arrived need not be sent again.</param>
    public async Task<FileEntry> WriteFileAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var entry = new FileEntry(path, bytes.Length, Digest.Of(bytes.Span));
        await WriteAsync(entry.Sha256, bytes, dtype: null, parent: null, cancellationToken);
        return entry;
    }

    /// <summary>A whole content, checked against its digest. The array is the caller's own.</summary>
    /// <exception cref="FaultException">NotFound; Corrupt: the bytes do not match the digest or have another length.</exception>
    public async Task<byte[]> ReadAsync(Digest content, long size, CancellationToken cancellationToken)
    {
        if (size < 0 || size > Array.MaxLength)
        {
            throw FaultException.Invalid($"The content {content} of {size} bytes is too big to be read at once; read it in ranges.");
        }

        if (_cache.TryGet(content, out var known) && known.Length == size)
        {
            ReadBytes.FromMemory(size);
            return [.. known];
        }

        var bytes = new byte[size];
        await _reader.ReadWholeAsync(content, bytes, cancellationToken);
        Remember(content, bytes);
        return bytes;
    }

    /// <summary>
    /// Fills <paramref name="destination"/> with a range of a content, checked chunk by chunk where it comes from; only the whole can be
    /// checked against the content's digest. Ranges that begin and end at multiples of 4 MiB are the cheapest.
    /// </summary>
    /// <exception cref="FaultException">NotFound; Invalid: the range goes beyond the content; Corrupt.</exception>
    public async Task ReadAsync(Digest content, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (TryRecall(content, offset, destination))
        {
            ReadBytes.FromMemory(destination.Length);
        }
        else
        {
            await _reader.ReadRangeAsync(content, offset, destination, cancellationToken);
        }
    }

    /// <summary>All names that begin with <paramref name="prefix"/>, in ordinal order.</summary>
    public async IAsyncEnumerable<NameEntry> ListNamesAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new V1.ListNamesRequest { Prefix = prefix, PageSize = 1000 };
        do
        {
            var page = await _endpoint.CallAsync(options => Service.ListNamesAsync(request, options), cancellationToken);
            foreach (var name in page.Names)
            {
                yield return new NameEntry(name.Name_, Digest.Parse(name.Artifact), (ArtifactKind)name.Kind);
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Points a name at an artifact, whatever it points at now; null removes it.</summary>
    /// <exception cref="FaultException">Invalid: the name is malformed. Precondition: there is no such artifact.</exception>
    public Task SetNameAsync(string name, Digest? artifact, CancellationToken cancellationToken)
    {
        var request = new V1.SetNameRequest { Name = name, Artifact = artifact?.ToString() ?? "" };
        return _endpoint.CallAsync(options => Service.SetNameAsync(request, options), cancellationToken);
    }

    /// <summary>
    /// Points a name at an artifact (null removes it) if it points at <paramref name="expected"/> (null: at nothing) now. Not repeated
    /// when the connection breaks: it may have been done.
    /// </summary>
    /// <exception cref="FaultException">Conflict: it points elsewhere. Otherwise as above.</exception>
    public Task SetNameAsync(string name, Digest? artifact, Digest? expected, CancellationToken cancellationToken)
    {
        var request = new V1.SetNameRequest
        {
            Name = name,
            Artifact = artifact?.ToString() ?? "",
            Expected = expected?.ToString() ?? "",
        };
        return _endpoint.CallOnceAsync(options => Service.SetNameAsync(request, options), cancellationToken);
    }

    /// <summary>What the recipe has made; null when nothing yet.</summary>
    public async Task<Digest?> LookUpResultAsync(Recipe recipe, CancellationToken cancellationToken) =>
        (await LookUpResultsAsync([RecipeCodec.DigestOf(recipe)], cancellationToken))[0];

    /// <summary>
    /// What recipes, given by their digests, have made; null for nothing yet; in the order given. An artifact that lacks a content
    /// counts as not made: making it again repairs it.
    /// </summary>
    public async Task<IReadOnlyList<Digest?>> LookUpResultsAsync(IReadOnlyList<Digest> recipes, CancellationToken cancellationToken)
    {
        List<Digest?> results = new(recipes.Count);
        foreach (var batch in recipes.Chunk(CheckedBatchSize))
        {
            var request = new V1.LookUpResultsRequest { CheckContents = true };
            request.Recipes.AddRange(batch.Select(digest => digest.ToString()));
            var response = await _endpoint.CallAsync(options => Service.LookUpResultsAsync(request, options), cancellationToken);
            results.AddRange(response.Results.Select(result => result.Artifact.Length > 0 ? Digest.Parse(result.Artifact) : (Digest?)null));
        }

        return results;
    }

    /// <summary>Records what a recipe made; the same again is fine.</summary>
    /// <exception cref="FaultException">Exists: another artifact is recorded. Precondition: there is no such artifact.</exception>
    public Task PutResultAsync(Recipe recipe, Digest artifact, CancellationToken cancellationToken)
    {
        var request = new V1.PutResultRequest { Recipe = RecipeCodec.ToProto(recipe), Artifact = artifact.ToString() };
        return _endpoint.CallAsync(options => Service.PutResultAsync(request, options), cancellationToken);
    }

    private async Task WriteAsync(
        Digest digest, ReadOnlyMemory<byte> bytes, DType? dtype, Digest? parent, CancellationToken cancellationToken)
    {
        if (bytes.Length < AskFrom || (await FindMissingAsync([digest], cancellationToken)).Count > 0)
        {
            await _upload.WriteAsync(digest, ContentSource.Of(bytes), dtype, parent, cancellationToken);
        }

        Remember(digest, bytes);
    }

    // For the parents of deltas: from memory or disk, without asking anybody.
    private async Task<bool> TryReadCachedAsync(Digest content, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        TryRecall(content, offset, destination)
        || (_disk is not null && await _disk.TryReadAsync(content, offset, destination, cancellationToken));

    private bool TryRecall(Digest content, long offset, Memory<byte> destination)
    {
        if (!_cache.TryGet(content, out var known) || offset < 0 || destination.Length > known.Length - offset)
        {
            return false;
        }

        known.AsMemory((int)offset, destination.Length).CopyTo(destination);
        return true;
    }

    // What was just written or read is what the next job reads. The caller keeps its own bytes.
    private void Remember(Digest digest, ReadOnlyMemory<byte> bytes)
    {
        if (_cache.Takes(bytes.Length))
        {
            _cache.Add(digest, bytes.ToArray());
        }
    }
}
