namespace Graft.VectorStore.Objects;

/// <summary>
/// Where the store's bytes lie: small named objects, in a folder or an S3 bucket. All implementations pass one conformance suite
/// (tests/Services/VectorStore/Objects). The contract:
/// <list type="bullet">
/// <item>Keys are as <see cref="ObjectKey"/> says. An object has at most <see cref="MaxObjectBytes"/> bytes and may be empty.</item>
/// <item>Reads are strong: what a finished call has put, replaced or deleted, every later call of every process sees so. A
/// reader sees an object whole, before or after a change, never half.</item>
/// <item>Of many creators of one key, in any number of processes, one wins; of many replacers of one version, one wins.</item>
/// <item>A call that is cancelled or fails may have taken effect or not, but never by half.</item>
/// <item>Nothing here waits for other callers for longer than one object's write takes.</item>
/// </list>
/// Conditional deletes are missing on purpose: S3 servers ignore their conditions. Whoever needs one replaces the object by one
/// that means "removed".
/// </summary>
internal interface IObjectStore
{
    /// <summary>
    /// One encoded chunk (4 MiB and a little). Below 5 MiB an S3 client sends an object in one request, with its conditions.
    /// </summary>
    const int MaxObjectBytes = (4 << 20) + (64 << 10);

    /// <summary>The object's bytes; null when there is none.</summary>
    Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>The object's bytes with the version they are; null when there is none.</summary>
    Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Up to <paramref name="length"/> bytes from <paramref name="offset"/> on: fewer where the object ends before, none when it ends
    /// at or before the offset. Null when there is no object.
    /// </summary>
    Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken);

    Task<bool> ExistsAsync(string key, CancellationToken cancellationToken);

    /// <summary>Creates the object; false, and nothing done, when there is one of that key.</summary>
    Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces the object if it is still of that version; false, and nothing done, when it is another or gone. Equal bytes may have
    /// equal versions: an object replaced and replaced back may count as unchanged.
    /// </summary>
    Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken);

    /// <summary>Removes the object if there is one, whatever its version.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// The keys that begin with <paramref name="prefix"/> and stand behind <paramref name="after"/> (null: all), in ordinal order,
    /// fetched in pages as they are read. Keys created or deleted meanwhile may show or not.
    /// </summary>
    IAsyncEnumerable<string> ListAsync(string prefix, string? after, CancellationToken cancellationToken);

    /// <summary>The same with what the store knows about each object; for housekeeping, which looks at all of them.</summary>
    IAsyncEnumerable<ObjectInfo> ListInfoAsync(string prefix, string? after, CancellationToken cancellationToken);

    /// <summary>What the store knows about one object; null when there is none.</summary>
    async Task<ObjectInfo?> FindInfoAsync(string key, CancellationToken cancellationToken)
    {
        // In ordinal order, no key comes before the one that is its own prefix.
        await foreach (var info in ListInfoAsync(key, null, cancellationToken))
        {
            return info.Key == key ? info : null;
        }

        return null;
    }

    /// <summary>
    /// An address from which anybody who has it reads the object by a plain HTTP GET, without the store's keys, for
    /// <paramref name="lifetime"/> (a second to seven days) from now on. Null where readers cannot reach the objects themselves.
    /// Whether there is such an object is not asked: the address of a missing one answers 404.
    /// </summary>
    Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken);

    /// <summary>
    /// Returns when all that finished calls of this instance have written survives a power failure. (A killed process never loses what
    /// a finished call has written.) Stores that answer only when that is so do nothing.
    /// </summary>
    Task FlushAsync(CancellationToken cancellationToken);
}

/// <param name="Bytes">The object.</param>
/// <param name="Version">Opaque: for <see cref="IObjectStore.ReplaceAsync"/> only.</param>
internal sealed record VersionedObject(byte[] Bytes, string Version);

/// <param name="Key">Its key.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Modified">When it was put or last replaced, by the clock of where it lies; some stores drop fractions of a second.</param>
internal sealed record ObjectInfo(string Key, long Size, DateTimeOffset Modified);
