namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// The server keeps writers apart: If-None-Match and If-Match, checked and written as one. A write that is tried again may meet its
/// own first attempt, whose answer was lost; each write therefore leaves an identity with the object, and finds it there. What it
/// cannot see is its own success that somebody else has replaced meanwhile: that counts as lost, and the caller looks again.
/// </summary>
internal sealed class ConditionalWriter(S3Bucket bucket, S3Retries retries) : IS3Writer
{
    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        PutAsync(name, bytes, PutCondition.Absent, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken) =>
        PutAsync(name, bytes, PutCondition.Match(version), cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        retries.RunAsync(token => bucket.DeleteAsync(name, token), cancellationToken);

    private Task<bool> PutAsync(string name, ReadOnlyMemory<byte> bytes, PutCondition condition, CancellationToken cancellationToken)
    {
        var writeId = Guid.NewGuid().ToString("n");
        var isFirst = true;
        return retries.RunAsync(
            async token =>
            {
                var isAgain = !isFirst;
                isFirst = false;
                return await bucket.PutAsync(name, bytes, condition, writeId, token)
                    || (isAgain && await bucket.FindWriteIdAsync(name, token) == writeId);
            },
            cancellationToken);
    }
}
