using System.Net;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;
using Minio;
using Minio.DataModel.Args;

namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// A bucket, one request a call and one attempt a request; failures are <see cref="S3Refusal"/> and what HTTP throws. Writes and
/// deletes are the Minio package's calls: it signs their conditions and, without TLS, the digest of the bytes, so that nothing on
/// the way can drop or change either. Reads and lists are plain requests to addresses the package has signed, because its own
/// calls make three requests of a read, fail on a range (206), drop the conditions of reads, and cannot list from a place on.
/// </summary>
internal sealed class S3Bucket : IDisposable
{
    private const string WritesHeader = "x-amz-meta-graft-writes";

    // Long enough for an attempt, short enough to be worthless in a log of the server's.
    private static readonly TimeSpan _signatureLife = TimeSpan.FromMinutes(15);

    private readonly string _bucket;
    private readonly string _region;
    private readonly RefusalHandler _handler;
    private readonly HttpClient _http;
    private readonly IMinioClient _client;
    private readonly IMinioClient _publicClient;

    public S3Bucket(S3Options options)
    {
        _bucket = options.Bucket;
        _region = options.Region;
        _handler = new RefusalHandler(Sockets(options.CaFile));
        _http = new HttpClient(_handler);
        var accessKey = Key(options.AccessKey, options.AccessKeyFile);
        var secretKey = Key(options.SecretKey, options.SecretKeyFile);
        _client = Client(options.Endpoint);
        _publicClient = options.PublicEndpoint.Length == 0 ? _client : Client(options.PublicEndpoint);
        // How long is for the caller to say; the package sets a limit of its own.
        _http.Timeout = Timeout.InfiniteTimeSpan;

        IMinioClient Client(string address)
        {
            var endpoint = new Uri(address);
            // With a region the package does not ask the server for one.
            return new MinioClient().WithEndpoint(endpoint.Host, endpoint.Port).WithSSL(endpoint.Scheme == Uri.UriSchemeHttps)
                .WithCredentials(accessKey, secretKey).WithRegion(_region).WithHttpClient(_http).Build();
        }
    }

    /// <summary>What the server calls itself.</summary>
    public string Server => _handler.Server;

    /// <summary>The object with its version, both of one answer; null when there is none.</summary>
    public async Task<VersionedObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(name, null, cancellationToken);
        return response is null ? null : new VersionedObject(await ReadAsync(name, response.Content, cancellationToken), VersionOf(response));
    }

    /// <summary>A part of the object, at least a byte long: fewer bytes where it ends; null when there is none.</summary>
    public async Task<byte[]?> GetRangeAsync(string name, long offset, int length, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(name, new RangeHeaderValue(offset, offset + length - 1), cancellationToken);
            if (response is null)
            {
                return null;
            }

            var bytes = await ReadAsync(name, response.Content, cancellationToken);
            return response.StatusCode == HttpStatusCode.PartialContent
                ? bytes
                // A server may answer a range with everything.
                : bytes[(int)Math.Min(offset, bytes.Length)..(int)Math.Min(offset + length, bytes.Length)];
        }
        catch (S3Refusal refusal) when (refusal.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return [];
        }
    }

    /// <summary>The writes that made the object what it is, see <see cref="S3Version"/>; empty when there is none.</summary>
    public async Task<string> FindWritesAsync(string name, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(name, null, cancellationToken);
        return response is null ? "" : WritesOf(response);
    }

    /// <param name="name">Which object.</param>
    /// <param name="bytes">What it becomes.</param>
    /// <param name="condition">When it may.</param>
    /// <param name="writes">What <see cref="FindWritesAsync"/> will find; empty for nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False: not written, as the condition did not hold.</returns>
    public async Task<bool> PutAsync(
        string name, ReadOnlyMemory<byte> bytes, PutCondition condition, string writes, CancellationToken cancellationToken)
    {
        // From 5 MiB on the package sends parts, and no condition.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes.Length, IObjectStore.MaxObjectBytes, "bytes.Length");
        using var stream = MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
        var arguments = new PutObjectArgs().WithBucket(_bucket).WithObject(name).WithStreamData(stream).WithObjectSize(bytes.Length)
            .WithHeaders(writes.Length == 0 ? [] : new Dictionary<string, string> { [WritesHeader] = writes });
        arguments = condition.IsAbsence ? arguments.WithNotMatchETag("*")
            : condition.ETag is null ? arguments
            // Without quotes: some servers compare them too.
            : arguments.WithMatchETag(condition.ETag);
        try
        {
            await _client.PutObjectAsync(arguments, cancellationToken);
            return true;
        }
        catch (S3Refusal refusal) when (refusal.Status == HttpStatusCode.PreconditionFailed
            || (condition.ETag is not null && refusal.IsMissingObject))
        {
            return false;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _client.RemoveObjectAsync(new RemoveObjectArgs().WithBucket(_bucket).WithObject(name), cancellationToken);
        }
        catch (S3Refusal refusal) when (refusal.IsMissingObject)
        {
            // The protocol answers 204 for what is not there; some servers do not.
        }
    }

    /// <summary>Objects whose names begin so, behind a name (null: from the first on), at most so many.</summary>
    public async Task<S3Page> ListAsync(string beginning, string? after, int limit, CancellationToken cancellationToken)
    {
        var query = new Dictionary<string, string> { ["list-type"] = "2", ["max-keys"] = $"{limit}" };
        _ = beginning.Length > 0 && query.TryAdd("prefix", beginning);
        _ = after is not null && query.TryAdd("start-after", after);
        // The package signs addresses of objects only, and what it calls headers there goes into the query. The object "." is the
        // bucket itself: addresses lose such parts.
        var address = await _client.PresignedGetObjectAsync(
            new PresignedGetObjectArgs().WithBucket(_bucket).WithObject(".").WithHeaders(query).WithExpiry(Seconds(_signatureLife)));
        using var response = await _http.GetAsync(new Uri(address), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return S3Page.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
    }

    /// <exception cref="S3Refusal">The bucket cannot be made; that it is ours already is no refusal.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _client.MakeBucketAsync(new MakeBucketArgs().WithBucket(_bucket).WithLocation(_region), cancellationToken);
        }
        catch (S3Refusal refusal) when (refusal.Code == "BucketAlreadyOwnedByYou")
        {
            // Another process was faster.
        }
    }

    /// <summary>An address for readers.</summary>
    public async Task<Uri> PresignAsync(string name, TimeSpan lifetime) => await SignAsync(_publicClient, name, lifetime);

    public void Dispose()
    {
        _client.Dispose();
        _publicClient.Dispose();
        _http.Dispose();
    }

    private async Task<HttpResponseMessage?> SendAsync(string name, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, await SignAsync(_client, name, _signatureLife));
        request.Headers.Range = range;
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (S3Refusal refusal) when (refusal.IsMissingObject)
        {
            return null;
        }
    }

    private async Task<Uri> SignAsync(IMinioClient client, string name, TimeSpan lifetime) => new(await client.PresignedGetObjectAsync(
        new PresignedGetObjectArgs().WithBucket(_bucket).WithObject(name).WithExpiry(Seconds(lifetime))));

    private static int Seconds(TimeSpan lifetime) => (int)Math.Ceiling(lifetime.TotalSeconds);

    private static async Task<byte[]> ReadAsync(string name, HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > IObjectStore.MaxObjectBytes)
        {
            throw FaultException.Corrupt(
                $"The object {name} of the store is damaged: it has {content.Headers.ContentLength} bytes, and none has more than {IObjectStore.MaxObjectBytes}.");
        }

        if (content.Headers.ContentLength is not { } length)
        {
            await content.LoadIntoBufferAsync(IObjectStore.MaxObjectBytes, cancellationToken);
            return await content.ReadAsByteArrayAsync(cancellationToken);
        }

        var bytes = new byte[length];
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private static string VersionOf(HttpResponseMessage response) => new S3Version(
        response.Headers.TryGetValues("ETag", out var tags) ? tags.First().Trim('"') : "", WritesOf(response)).ToString();

    private static string WritesOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(WritesHeader, out var values) ? values.First() : "";

    private static string Key(string value, string file) => file.Length > 0 ? File.ReadAllText(file).Trim() : value;

    private static SocketsHttpHandler Sockets(string caFile)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            // A server that has moved is found again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (caFile.Length > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(S3OptionsCheck.Certificates(caFile));
            sockets.SslOptions.CertificateChainPolicy = policy;
        }

        return sockets;
    }
}

/// <summary>When a put takes effect.</summary>
/// <param name="IsAbsence">When there is no object.</param>
/// <param name="ETag">When the object has this one; null for any.</param>
internal readonly record struct PutCondition(bool IsAbsence, string? ETag)
{
    public static PutCondition None => default;

    public static PutCondition Absent => new(true, null);

    public static PutCondition Match(string etag) => new(false, etag);
}
