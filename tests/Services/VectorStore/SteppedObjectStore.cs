using System.Runtime.CompilerServices;
using Graft.VectorStore.Objects;

namespace Graft.Tests.Services.VectorStore;

/// <summary>
/// The objects of another store, with something done before each operation: so that a test can let others act in between, or fail.
/// </summary>
/// <param name="objects">The objects.</param>
/// <param name="before">Told the operation's number, from 0, and what it is about, such as "delete blobs/...".</param>
internal sealed class SteppedObjectStore(IObjectStore objects, Func<int, string, Task> before) : IObjectStore
{
    private int _operations = -1;

    public int Operations => Volatile.Read(ref _operations) + 1;

    public async Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken)
    {
        await StepAsync($"get {key}");
        return await objects.GetAsync(key, cancellationToken);
    }

    public async Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken)
    {
        await StepAsync($"get {key}");
        return await objects.GetVersionedAsync(key, cancellationToken);
    }

    public async Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken)
    {
        await StepAsync($"get {key}");
        return await objects.GetRangeAsync(key, offset, length, cancellationToken);
    }

    public async Task<bool> ExistsAsync(string key, CancellationToken cancellationToken)
    {
        await StepAsync($"find {key}");
        return await objects.ExistsAsync(key, cancellationToken);
    }

    public async Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await StepAsync($"put {key}");
        return await objects.PutIfAbsentAsync(key, bytes, cancellationToken);
    }

    public async Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken)
    {
        await StepAsync($"replace {key}");
        return await objects.ReplaceAsync(key, bytes, version, cancellationToken);
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        await StepAsync($"delete {key}");
        await objects.DeleteAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await StepAsync($"list {prefix}");
        await foreach (var key in objects.ListAsync(prefix, after, cancellationToken))
        {
            yield return key;
        }
    }

    public async IAsyncEnumerable<ObjectInfo> ListInfoAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await StepAsync($"list {prefix}");
        await foreach (var info in objects.ListInfoAsync(prefix, after, cancellationToken))
        {
            yield return info;
        }
    }

    public async Task<ObjectInfo?> FindInfoAsync(string key, CancellationToken cancellationToken)
    {
        await StepAsync($"find {key}");
        return await objects.FindInfoAsync(key, cancellationToken);
    }

    public Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken) =>
        objects.PresignAsync(key, lifetime, cancellationToken);

    public Task FlushAsync(CancellationToken cancellationToken) => objects.FlushAsync(cancellationToken);

    private Task StepAsync(string what) => before(Interlocked.Increment(ref _operations), what);
}
