using System.Diagnostics;
using System.Runtime.CompilerServices;
using Graft.Hosting.Telemetry;

namespace Graft.VectorStore.Objects;

/// <summary>Objects with the time of every operation measured, its failures counted, and a span for it inside of a trace.</summary>
/// <param name="inner">Where the objects are; disposed of with this.</param>
/// <param name="backend">"folder" or "s3".</param>
/// <param name="metrics">Told of each operation.</param>
/// <param name="time">Clock.</param>
internal sealed class MeasuredObjectStore(IObjectStore inner, string backend, StoreMetrics metrics, TimeProvider time) : IObjectStore, IDisposable
{
    public IObjectStore Inner => inner;

    public Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken) =>
        MeasureAsync("get", key, () => inner.GetAsync(key, cancellationToken));

    public Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken) =>
        MeasureAsync("get", key, () => inner.GetVersionedAsync(key, cancellationToken));

    public Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken) =>
        MeasureAsync("get", key, () => inner.GetRangeAsync(key, offset, length, cancellationToken));

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken) =>
        MeasureAsync("exists", key, () => inner.ExistsAsync(key, cancellationToken));

    public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        MeasureAsync("put", key, () => inner.PutIfAbsentAsync(key, bytes, cancellationToken));

    public Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken) =>
        MeasureAsync("replace", key, () => inner.ReplaceAsync(key, bytes, version, cancellationToken));

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        MeasureAsync("delete", key, () => inner.DeleteAsync(key, cancellationToken));

    public IAsyncEnumerable<string> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        MeasureAsync(inner.ListAsync(prefix, after, cancellationToken), cancellationToken);

    public IAsyncEnumerable<ObjectInfo> ListInfoAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        MeasureAsync(inner.ListInfoAsync(prefix, after, cancellationToken), cancellationToken);

    public Task<ObjectInfo?> FindInfoAsync(string key, CancellationToken cancellationToken) =>
        MeasureAsync("list", key, () => inner.FindInfoAsync(key, cancellationToken));

    // Asks no server.
    public Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken) =>
        inner.PresignAsync(key, lifetime, cancellationToken);

    public Task FlushAsync(CancellationToken cancellationToken) => MeasureAsync("flush", "", () => inner.FlushAsync(cancellationToken));

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private Task<bool> MeasureAsync(string operation, string key, Func<Task> run) => MeasureAsync(operation, key, async () =>
    {
        await run();
        return true;
    });

    private async Task<T> MeasureAsync<T>(string operation, string key, Func<Task<T>> run)
    {
        // What belongs to nobody's work (the collector's round, the index at start) would be a trace of its own each time.
        using var span = Activity.Current is null ? null : GraftTracing.Source.StartActivity($"object {operation}", ActivityKind.Client);
        span?.SetTag("graft.object.key", key).SetTag("graft.object.backend", backend);
        var begin = time.GetTimestamp();
        var failed = true;
        try
        {
            var result = await run();
            failed = false;
            return result;
        }
        catch (OperationCanceledException)
        {
            failed = false;
            throw;
        }
        finally
        {
            span?.SetStatus(failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            metrics.Requested(backend, operation, time.GetElapsedTime(begin), failed);
        }
    }

    // Only until its first key: how long the rest takes is the reader's doing.
    private async IAsyncEnumerable<T> MeasureAsync<T>(IAsyncEnumerable<T> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var keys = list.GetAsyncEnumerator(cancellationToken);
        var next = await MeasureAsync("list", "", async () => await keys.MoveNextAsync());
        while (next)
        {
            yield return keys.Current;
            next = await keys.MoveNextAsync();
        }
    }
}
