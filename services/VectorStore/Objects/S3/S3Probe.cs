using System.Net;
using Graft.Faults;

namespace Graft.VectorStore.Objects.S3;

/// <summary>Finds out at start whether the server keeps writers apart, by a few writes to an object of its own.</summary>
internal sealed class S3Probe(S3Bucket bucket, S3Retries retries)
{
    // Well formed, and of no bytes in particular.
    private const string StaleVersion = "0123456789abcdef0123456789abcdef";

    private static readonly byte[] _bytes = "graft"u8.ToArray();

    private readonly ConditionalWriter _writer = new(bucket, retries);

    /// <returns>The conditions that the server does not keep; empty when all is well.</returns>
    public async Task<IReadOnlyList<string>> FindIgnoredAsync(string name, CancellationToken cancellationToken)
    {
        List<string> ignored = [];
        try
        {
            await ExpectAsync("If-None-Match: * where there is nothing", true, () => _writer.CreateAsync(name, _bytes, cancellationToken));
            await ExpectAsync("If-None-Match: * on an object", false, () => _writer.CreateAsync(name, _bytes, cancellationToken));
            var current = await retries.RunAsync(token => bucket.GetAsync(name, token), cancellationToken);
            await ExpectAsync("If-Match with an old ETag", false, () => _writer.ReplaceAsync(name, _bytes, StaleVersion, cancellationToken));
            await ExpectAsync(
                "If-Match with the right ETag", true, () => _writer.ReplaceAsync(name, _bytes, current?.Version ?? StaleVersion, cancellationToken));
        }
        finally
        {
            await _writer.DeleteAsync(name, cancellationToken);
        }

        try
        {
            await ExpectAsync("If-Match where there is nothing", false, () => _writer.ReplaceAsync(name, _bytes, StaleVersion, cancellationToken));
        }
        finally
        {
            await _writer.DeleteAsync(name, cancellationToken);
        }

        return ignored;

        async Task ExpectAsync(string condition, bool expected, Func<Task<bool>> write)
        {
            if (await AnswerAsync(write) != expected)
            {
                ignored.Add(condition);
            }
        }
    }

    /// <returns>Null for a server that says it does not know conditions.</returns>
    private static async Task<bool?> AnswerAsync(Func<Task<bool>> write)
    {
        try
        {
            return await write();
        }
        catch (FaultException fault) when (fault.InnerException is S3Refusal { Status: HttpStatusCode.NotImplemented })
        {
            return null;
        }
    }
}
