namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// For a server that ignores conditions, and the only process that writes: looks, then writes, one writer at a time for a name.
/// </summary>
internal sealed class SoleWriter(S3Bucket bucket, S3Retries retries) : IS3Writer
{
    private const int Shards = 64;

    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, Shards).Select(_ => new SemaphoreSlim(1))];

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        AloneAsync(name, () => WriteIfAsync(name, bytes, current => current is null, cancellationToken), cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken) =>
        AloneAsync(name, () => WriteIfAsync(name, bytes, current => current?.Version == version, cancellationToken), cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => AloneAsync(
        name,
        async () =>
        {
            await retries.RunAsync(token => bucket.DeleteAsync(name, token), cancellationToken);
            return true;
        },
        cancellationToken);

    private async Task<bool> WriteIfAsync(
        string name, ReadOnlyMemory<byte> bytes, Func<VersionedObject?, bool> mayWrite, CancellationToken cancellationToken) =>
        mayWrite(await retries.RunAsync(token => bucket.GetAsync(name, token), cancellationToken))
            && await retries.RunAsync(token => bucket.PutAsync(name, bytes, PutCondition.None, "", token), cancellationToken);

    private async Task<bool> AloneAsync(string name, Func<Task<bool>> write, CancellationToken cancellationToken)
    {
        var turn = _turns[(uint)name.GetHashCode(StringComparison.Ordinal) % Shards];
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await write();
        }
        finally
        {
            turn.Release();
        }
    }
}
