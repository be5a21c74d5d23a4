using System.Runtime.CompilerServices;
using Graft.VectorStore.Objects;

namespace Graft.Tests.Services.VectorStore.Objects;

/// <summary>Objects in memory: what the contract says, and nothing else.</summary>
/// <param name="time">Says when objects were modified; null for the system's clock.</param>
internal sealed class InMemoryObjectStore(TimeProvider? time = null) : IObjectStore
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Bytes, long Version, DateTimeOffset Modified)> _objects = new(StringComparer.Ordinal);
    private long _versions;

    public Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(Find(key)?.Bytes.ToArray());

    public Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken) =>
        Task.FromResult(Find(key) is { } found ? new VersionedObject([.. found.Bytes], $"{found.Version}") : null);

    public Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken) =>
        Task.FromResult(Find(key) is { } found
            ? found.Bytes[(int)Math.Min(offset, found.Bytes.Length)..(int)Math.Min(offset + length, found.Bytes.Length)]
            : null);

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Find(key) is not null);

    public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Check(key, bytes, cancellationToken);
        lock (_lock)
        {
            return Task.FromResult(_objects.TryAdd(key, (bytes.ToArray(), ++_versions, _time.GetUtcNow())));
        }
    }

    public Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken)
    {
        Check(key, bytes, cancellationToken);
        lock (_lock)
        {
            var fits = _objects.TryGetValue(key, out var current) && $"{current.Version}" == version;
            if (fits)
            {
                _objects[key] = (bytes.ToArray(), ++_versions, _time.GetUtcNow());
            }

            return Task.FromResult(fits);
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        Check(key, default, cancellationToken);
        lock (_lock)
        {
            _objects.Remove(key);
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<string> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var info in ListInfoAsync(prefix, after, cancellationToken))
        {
            yield return info.Key;
        }
    }

    public async IAsyncEnumerable<ObjectInfo> ListInfoAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        ObjectKey.SplitPrefix(prefix);
        List<ObjectInfo> found;
        lock (_lock)
        {
            found = [.. from entry in _objects
                        where entry.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Key, after) > 0
                        select new ObjectInfo(entry.Key, entry.Value.Bytes.Length, entry.Value.Modified)];
        }

        foreach (var info in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return info;
        }
    }

    public Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken) => Task.FromResult<Uri?>(null);

    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private (byte[] Bytes, long Version, DateTimeOffset Modified)? Find(string key)
    {
        ObjectKey.Split(key);
        lock (_lock)
        {
            return _objects.TryGetValue(key, out var found) ? found : null;
        }
    }

    private static void Check(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectKey.Split(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, IObjectStore.MaxObjectBytes, nameof(bytes));
    }
}

public sealed class InMemoryObjectStoreTests : ObjectStoreConformance
{
    private readonly InMemoryObjectStore _store = new();

    private protected override IObjectStore Store => _store;

    private protected override IObjectStore OtherProcess => _store;
}
