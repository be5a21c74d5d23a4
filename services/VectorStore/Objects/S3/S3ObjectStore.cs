using System.Runtime.CompilerServices;
using Graft.Faults;

namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// Objects in a bucket of an S3 server, for any number of processes. Every read, write and delete is one request; a version is the
/// ETag. See README.md beside this file for servers, settings and what is tried again.
/// </summary>
internal sealed partial class S3ObjectStore : IObjectStore, IDisposable
{
    // As many as a server gives at once.
    private const int PageSize = 1000;

    private readonly S3Options _options;
    private readonly ILogger<S3ObjectStore> _logger;
    private readonly S3Names _names;
    private readonly S3Bucket _bucket;
    private readonly S3Retries _retries;
    private IS3Writer _writer;

    /// <summary>Asks the server nothing yet: <see cref="StartAsync"/> does.</summary>
    public S3ObjectStore(S3Options options, TimeProvider time, ILogger<S3ObjectStore> logger, StoreMetrics? metrics = null)
    {
        _options = options;
        _logger = logger;
        _names = new S3Names(options.Prefix);
        _bucket = new S3Bucket(options);
        _retries = new S3Retries(options, time, logger, metrics);
        _writer = new ConditionalWriter(_bucket, _retries);
    }

    /// <summary>What the server calls itself.</summary>
    public string Server => _bucket.Server;

    /// <summary>Finds or makes the bucket, and finds out whether the server keeps writers apart. Comes before everything else.</summary>
    /// <exception cref="FaultException">Precondition: the bucket cannot be a store, and what to do. Unavailable: the server is away.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await FindBucketAsync(cancellationToken);
        var probe = new S3Probe(_bucket, _retries);
        var ignored = await probe.FindIgnoredAsync(_names.NameOf($"probe/{Guid.NewGuid():n}"), cancellationToken);
        if (ignored.Count == 0)
        {
            LogConditional(_options.Bucket, _options.Endpoint, _bucket.Server);
            return;
        }

        var list = string.Join("; ", ignored);
        if (!_options.SingleWriter)
        {
            throw FaultException.Precondition(
                $"The S3 server at {_options.Endpoint} ({_bucket.Server}) does not keep the conditions of writes ({list}), so that two writers could "
                + "overwrite each other's names and results. Use one that does: MinIO from RELEASE.2025-09-07 on, Ceph from 16 on, or AWS S3. Or, "
                + $"if this process alone writes to '{_options.Bucket}/{_options.Prefix}', say so with {S3Options.Section}:SingleWriter=true.");
        }

        LogSole(_options.Bucket, _options.Endpoint, _bucket.Server, list);
        _writer = new SoleWriter(_bucket, _retries);
    }

    public async Task<byte[]?> GetAsync(string key, CancellationToken cancellationToken) =>
        (await GetVersionedAsync(key, cancellationToken))?.Bytes;

    public Task<VersionedObject?> GetVersionedAsync(string key, CancellationToken cancellationToken)
    {
        var name = _names.NameOf(key);
        return _retries.RunAsync(token => _bucket.GetAsync(name, token), cancellationToken);
    }

    public Task<byte[]?> GetRangeAsync(string key, long offset, int length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var name = _names.NameOf(key);
        // No range of HTTP is empty: one byte is asked for and dropped.
        return _retries.RunAsync(
            async token => await _bucket.GetRangeAsync(name, offset, Math.Max(1, length), token) is { } bytes
                ? bytes[..Math.Min(length, bytes.Length)]
                : null,
            cancellationToken);
    }

    public async Task<bool> ExistsAsync(string key, CancellationToken cancellationToken) =>
        await GetRangeAsync(key, 0, 0, cancellationToken) is not null;

    public Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        CheckSize(bytes);
        return _writer.CreateAsync(_names.NameOf(key), bytes, cancellationToken);
    }

    public Task<bool> ReplaceAsync(string key, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken)
    {
        CheckSize(bytes);
        return _writer.ReplaceAsync(_names.NameOf(key), bytes, version, cancellationToken);
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => _writer.DeleteAsync(_names.NameOf(key), cancellationToken);

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
        var beginning = _names.BeginningOf(prefix);
        for (var from = _names.After(after); ;)
        {
            var begin = from;
            var page = await _retries.RunAsync(token => _bucket.ListAsync(beginning, begin, PageSize, token), cancellationToken);
            foreach (var entry in page.Entries)
            {
                if (_names.KeyOf(entry.Key) is { } key)
                {
                    yield return entry with { Key = key };
                }
            }

            if (page.IsLast || page.Entries.Count == 0)
            {
                break;
            }

            from = page.Entries[^1].Key;
        }
    }

    public async Task<ObjectInfo?> FindInfoAsync(string key, CancellationToken cancellationToken)
    {
        // A list, because a read would bring the bytes along; no other name begins with a whole one.
        var name = _names.NameOf(key);
        var page = await _retries.RunAsync(token => _bucket.ListAsync(name, null, 1, token), cancellationToken);
        return page.Entries.Count == 0 ? null : page.Entries[0] with { Key = key };
    }

    public async Task<Uri?> PresignAsync(string key, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await _bucket.PresignAsync(_names.NameOf(key), lifetime);
    }

    /// <summary>Nothing: the server has answered every write when it was safe.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _bucket.Dispose();

    private async Task FindBucketAsync(CancellationToken cancellationToken)
    {
        if (await _retries.RunAsync(IsThereAsync, cancellationToken))
        {
            return;
        }

        if (!_options.CreateBucket)
        {
            throw FaultException.Precondition(
                $"There is no bucket '{_options.Bucket}' at {_options.Endpoint}: make it, or let the store do so with {S3Options.Section}:CreateBucket=true.");
        }

        try
        {
            await _retries.RunAsync(_bucket.CreateAsync, cancellationToken);
        }
        catch (FaultException fault) when (fault.InnerException is S3Refusal refusal && (int)refusal.Status is 403 or 409)
        {
            throw new FaultException(
                FaultKind.Precondition,
                $"There is no bucket '{_options.Bucket}' at {_options.Endpoint}, and it cannot be made ({refusal.Code}): make it with other means, or choose another name.",
                fault);
        }

        LogCreated(_options.Bucket, _options.Endpoint);
    }

    private async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _bucket.ListAsync(_names.BeginningOf("probe/"), null, 1, cancellationToken);
            return true;
        }
        catch (S3Refusal refusal) when (refusal.IsMissingBucket)
        {
            return false;
        }
    }

    private static void CheckSize(ReadOnlyMemory<byte> bytes) =>
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, IObjectStore.MaxObjectBytes, "bytes.Length");

    [LoggerMessage(231, LogLevel.Information, "The bucket '{Bucket}' has been made at {Endpoint}.")]
    private partial void LogCreated(string bucket, string endpoint);

    [LoggerMessage(232, LogLevel.Information, "Objects are in the bucket '{Bucket}' at {Endpoint} ({Server}), which keeps the conditions of writes.")]
    private partial void LogConditional(string bucket, string endpoint, string server);

    [LoggerMessage(233, LogLevel.Warning,
        "Objects are in the bucket '{Bucket}' at {Endpoint} ({Server}), which does not keep the conditions of writes ({Ignored}). This process writes alone, as its settings promise; with a second one, names and results would be lost.")]
    private partial void LogSole(string bucket, string endpoint, string server, string ignored);
}
