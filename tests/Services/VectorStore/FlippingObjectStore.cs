using Graft.VectorStore.Objects;

namespace Graft.Tests.Services.VectorStore;

/// <summary>The objects of another store, of which one comes with a wrong bit the first few times it is read.</summary>
internal sealed class FlippingObjectStore(IObjectStore objects, string key, int wrong, int bit = 1000) : IObjectStore
{
    private int _left = wrong;

    public async Task<byte[]?> GetAsync(string asked, CancellationToken cancellationToken)
    {
        var bytes = await objects.GetAsync(asked, cancellationToken);
        if (asked == key && Interlocked.Decrement(ref _left) >= 0)
        {
            bytes![bit / 8] ^= (byte)(1 << (bit % 8));
        }

        return bytes;
    }

    public Task<VersionedObject?> GetVersionedAsync(string asked, CancellationToken cancellationToken) => objects.GetVersionedAsync(asked, cancellationToken);

    public Task<byte[]?> GetRangeAsync(string asked, long offset, int length, CancellationToken cancellationToken) =>
        objects.GetRangeAsync(asked, offset, length, cancellationToken);

    public Task<bool> ExistsAsync(string asked, CancellationToken cancellationToken) => objects.ExistsAsync(asked, cancellationToken);

    public Task<bool> PutIfAbsentAsync(string asked, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        objects.PutIfAbsentAsync(asked, bytes, cancellationToken);

    public Task<bool> ReplaceAsync(string asked, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken) =>
        objects.ReplaceAsync(asked, bytes, version, cancellationToken);

    public Task DeleteAsync(string asked, CancellationToken cancellationToken) => objects.DeleteAsync(asked, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        objects.ListAsync(prefix, after, cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListInfoAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        objects.ListInfoAsync(prefix, after, cancellationToken);

    public Task<Uri?> PresignAsync(string asked, TimeSpan lifetime, CancellationToken cancellationToken) =>
        objects.PresignAsync(asked, lifetime, cancellationToken);

    public Task FlushAsync(CancellationToken cancellationToken) => objects.FlushAsync(cancellationToken);
}
