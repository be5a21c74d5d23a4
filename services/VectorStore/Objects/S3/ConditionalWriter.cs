using Graft.Faults;

namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// The server keeps writers apart: If-None-Match and If-Match, checked and written as one. A write that is tried again may meet its
/// own first attempt, whose answer was lost; each write therefore leaves an identity with the object, handed on by those that replace
/// it, and finds it there.
/// </summary>
internal sealed class ConditionalWriter(S3Bucket bucket, S3Retries retries) : IS3Writer
{
    private const int WriteIdLength = 16;

    public Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        PutAsync(name, bytes, PutCondition.Absent, default, cancellationToken);

    public Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken)
    {
        var current = S3Version.Parse(version);
        return PutAsync(name, bytes, PutCondition.Match(current.ETag), current, cancellationToken);
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        retries.RunAsync(token => bucket.DeleteAsync(name, token), cancellationToken);

    private Task<bool> PutAsync(
        string name, ReadOnlyMemory<byte> bytes, PutCondition condition, S3Version current, CancellationToken cancellationToken)
    {
        var writeId = Guid.NewGuid().ToString("n")[..WriteIdLength];
        var writes = current.WritesAfter(writeId);
        var (mayBeDone, isRefused) = (false, false);
        return retries.RunAsync(
            async token =>
            {
                // Once refused, only the reason is asked for again.
                if (!isRefused)
                {
                    var before = mayBeDone;
                    mayBeDone = true;
                    try
                    {
                        if (await bucket.PutAsync(name, bytes, condition, writes, token))
                        {
                            return true;
                        }
                    }
                    catch (S3Refusal refusal) when ((int)refusal.Status is 409 or 429 or 503)
                    {
                        // Turned away before anything was done.
                        mayBeDone = before;
                        throw;
                    }

                    (mayBeDone, isRefused) = (before, true);
                }

                return mayBeDone && (current.IsAmong(await bucket.FindWritesAsync(name, token), writeId) ?? throw Unknown(name));
            },
            cancellationToken);
    }

    // Neither answer would be true: the caller looks again and decides.
    private static FaultException Unknown(string name) => new(
        FaultKind.Unavailable,
        $"The answer to a write of the object '{name}' was lost, and so many have replaced it since that nobody can tell whether it was done: look again.");
}
