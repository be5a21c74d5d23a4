using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Contents;

/// <summary>Which contents there are and how they are stored: the objects contents/.</summary>
internal sealed class ContentIndex(IObjectStore objects)
{
    // About 30 MB when every content is one chunk.
    private const int CacheCapacity = 100_000;

    private readonly BoundedCache<StoredContent> _cache = new(CacheCapacity);

    /// <summary>How a content is stored; null when the store lacks it.</summary>
    /// <exception cref="FaultException">Corrupt: it is there, but how it is stored cannot be read.</exception>
    public async Task<StoredContent?> FindAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (_cache.TryGet(digest, out var known))
        {
            return known;
        }

        var key = KeyOf(digest);
        if (await objects.GetAsync(key, cancellationToken) is not { } bytes)
        {
            return null;
        }

        var content = StoredContentCodec.Decode(bytes, isWhole: true, key);
        _cache.Set(digest, content);
        return content;
    }

    /// <summary>The same, but what cannot be read counts as missing: writing it again repairs it.</summary>
    public async Task<StoredContent?> FindIntactAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(digest, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return null;
        }
    }

    /// <summary>Those of the contents that the store lacks, in the order given.</summary>
    public async Task<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        var isMissing = new bool[digests.Count];
        await Batch.ForEachAsync(digests.Count, async (i, token) => isMissing[i] = await FindIntactAsync(digests[i], token) is null, cancellationToken);
        return [.. digests.Where((_, i) => isMissing[i])];
    }

    /// <summary>Makes a content known whose blobs are in the store. Of two at once, written in different codings, one stays.</summary>
    public async Task<StoredContent> AddAsync(Digest digest, StoredContent content, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        var bytes = StoredContentCodec.Encode(content);
        while (!await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            if (await FindIntactAsync(digest, cancellationToken) is { } existing)
            {
                return existing;
            }

            if (await objects.GetVersionedAsync(key, cancellationToken) is { } damaged
                && await objects.ReplaceAsync(key, bytes, damaged.Version, cancellationToken))
            {
                break;
            }
        }

        _cache.Set(digest, content);
        return content;
    }

    public static string KeyOf(Digest digest) => $"contents/{digest}";
}
