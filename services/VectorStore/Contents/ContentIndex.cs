using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Contents;

/// <summary>Which contents there are and how they are stored: the objects contents/.</summary>
internal sealed partial class ContentIndex(
    IObjectStore objects, Holds holds, TimeProvider time, ILogger<ContentIndex> logger)
{
    // About 30 MB when every content is one chunk.
    private const int CacheCapacity = 100_000;

    // Another process on the same objects may collect a content that this one has seen: readers look again that often.
    private static readonly TimeSpan _trust = TimeSpan.FromMinutes(1);

    private readonly BoundedCache<Known> _cache = new(CacheCapacity);

    /// <summary>How a content is stored, for readers; null when the store lacks it. At most a minute old.</summary>
    /// <exception cref="FaultException">Corrupt: it is there, but how it is stored cannot be read.</exception>
    public async Task<StoredContent?> FindAsync(Digest digest, CancellationToken cancellationToken) =>
        _cache.TryGet(digest, out var known) && known.TrustedUntil > time.GetUtcNow()
            ? known.Content
            : await ReloadAsync(digest, cancellationToken);

    /// <summary>The same as the store has it now.</summary>
    /// <exception cref="FaultException">Corrupt: what is there cannot be read, and could not when it was fetched again.</exception>
    public async Task<StoredContent?> ReloadAsync(Digest digest, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        for (var isFirst = true; ; isFirst = false)
        {
            if (await objects.GetAsync(key, cancellationToken) is not { } bytes)
            {
                Forget(digest);
                return null;
            }

            try
            {
                var content = StoredContentCodec.Decode(bytes, isWhole: true, key);
                _cache.Set(digest, new Known(content, DateTimeOffset.MinValue, time.GetUtcNow() + _trust));
                return content;
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt && isFirst)
            {
                LogDamage(key);
            }
        }
    }

    /// <summary>The same, but what cannot be read counts as missing: writing it again repairs it.</summary>
    public async Task<StoredContent?> FindIntactAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await ReloadAsync(digest, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return null;
        }
    }

    /// <summary>
    /// How contents are stored, in the order given, for writers who will refer to them: what is not null stays in the store for
    /// <see cref="Holds.Term"/> at least, with all it is made of. What cannot be read counts as missing: writing it again repairs it.
    /// </summary>
    /// <exception cref="FaultException">Unavailable: one of them is being collected this moment.</exception>
    public async Task<IReadOnlyList<StoredContent?>> HoldAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        var found = new Known?[digests.Count];
        var now = time.GetUtcNow();
        List<int> open = [];
        for (var i = 0; i < found.Length; i++)
        {
            found[i] = _cache.TryGet(digests[i], out var known) && known.HeldUntil > now ? known : null;
            if (found[i] is null)
            {
                open.Add(i);
            }
        }

        if (open.Count > 0)
        {
            await holds.DuringAsync(
                async (condemned, token) =>
                {
                    await Batch.ForEachAsync(
                        open.Count, async (i, each) => found[open[i]] = await RenewAsync(digests[open[i]], condemned, each), token);
                    return true;
                },
                cancellationToken);
        }

        foreach (var i in open)
        {
            Remember(digests[i], found[i]);
        }

        return [.. found.Select(known => known?.Content)];
    }

    /// <summary>The same of one.</summary>
    public async Task<StoredContent?> HoldAsync(Digest digest, CancellationToken cancellationToken) =>
        (await HoldAsync([digest], cancellationToken))[0];

    /// <summary>Those of the contents that the store lacks, in the order given; the others are held.</summary>
    public async Task<IReadOnlyList<Digest>> FindMissingAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        var held = await HoldAsync(digests, cancellationToken);
        return [.. digests.Where((_, i) => held[i] is null)];
    }

    /// <summary>
    /// Makes a content known whose blobs and parent are held, as of a look at the state of garbage collection. Of two at once, written
    /// in different codings, one stays.
    /// </summary>
    public async Task<StoredContent> AddAsync(
        Digest digest, StoredContent content, CollectionState look, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        var bytes = StoredContentCodec.Encode(content);
        return await holds.DuringAsync(
            look,
            async (condemned, token) =>
            {
                while (!await objects.PutIfAbsentAsync(key, bytes, token))
                {
                    if (await RenewAsync(digest, condemned, token) is { } existing)
                    {
                        _cache.Set(digest, existing);
                        return existing.Content;
                    }

                    if (await objects.GetVersionedAsync(key, token) is { } damaged
                        && await objects.ReplaceAsync(key, bytes, damaged.Version, token))
                    {
                        break;
                    }
                }

                _cache.Set(digest, Held(content, time.GetUtcNow() + holds.Term));
                return content;
            },
            cancellationToken);
    }

    /// <summary>It was collected.</summary>
    public void Forget(Digest digest) => _cache.Remove(digest);

    /// <exception cref="FaultException">Unavailable: the content, its parent or a blob of either is being deleted.</exception>
    public async Task RefuseAsync(StoredContent content, Condemned condemned, CancellationToken cancellationToken)
    {
        if (condemned.IsEmpty)
        {
            return;
        }

        Refuse(content, condemned);
        if (content.Parent is { } digest)
        {
            Holds.Refuse(KeyOf(digest), condemned);
            Refuse(await ReloadAsync(digest, cancellationToken), condemned);
        }
    }

    public static string KeyOf(Digest digest) => $"contents/{digest}";

    private static void Refuse(StoredContent? content, Condemned condemned)
    {
        foreach (var chunk in content?.Chunks ?? [])
        {
            Holds.Refuse(BlobStore.KeyOf(chunk.Blob), condemned);
        }
    }

    private async Task<Known?> RenewAsync(Digest digest, Condemned condemned, CancellationToken cancellationToken)
    {
        var key = KeyOf(digest);
        if (await holds.RenewAsync(key, condemned, cancellationToken) is not { } held)
        {
            return null;
        }

        try
        {
            var content = StoredContentCodec.Decode(held.Bytes, isWhole: true, key);
            await RefuseAsync(content, condemned, cancellationToken);
            return Held(content, held.Until);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return null;
        }
    }

    private void Remember(Digest digest, Known? known)
    {
        if (known is null)
        {
            Forget(digest);
        }
        else
        {
            _cache.Set(digest, known);
        }
    }

    private static Known Held(StoredContent content, DateTimeOffset until) => new(content, until, until);

    private sealed record Known(StoredContent Content, DateTimeOffset HeldUntil, DateTimeOffset TrustedUntil);

    [LoggerMessage(201, LogLevel.Warning, "The object {Key} came damaged; it is fetched once more.")]
    private partial void LogDamage(string key);
}
