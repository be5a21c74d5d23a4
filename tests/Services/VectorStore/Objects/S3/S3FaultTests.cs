using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>What cannot be helped by trying again, in words of whoever has to mend it.</summary>
public sealed class S3FaultTests(S3Fixture s3)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a-key-of-nobody", null)]
    [InlineData(null, "a-wrong-secret")]
    public async Task Wrong_keys_are_named_and_not_told(string? accessKey, string? secretKey)
    {
        await using var behind = await S3Behind.CreateAsync(s3, options =>
        {
            options.AccessKey = accessKey ?? options.AccessKey;
            options.SecretKey = secretKey ?? options.SecretKey;
        });

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains("VectorStore:S3:AccessKey", fault.Message, StringComparison.Ordinal);
        Assert.Single(behind.Proxy.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.InsufficientStorage, "XMinioStorageFull", FaultKind.Exhausted, "no room")]
    [InlineData(HttpStatusCode.InsufficientStorage, "", FaultKind.Exhausted, "no room")]
    [InlineData(HttpStatusCode.Forbidden, "QuotaExceeded", FaultKind.Exhausted, "no room")]
    [InlineData(HttpStatusCode.ServiceUnavailable, "InsufficientCapacity", FaultKind.Exhausted, "no room")]
    [InlineData(HttpStatusCode.Forbidden, "AccessDenied", FaultKind.Precondition, "may not do this")]
    [InlineData(HttpStatusCode.Forbidden, "RequestTimeTooSkewed", FaultKind.Precondition, "clocks")]
    [InlineData(HttpStatusCode.MovedPermanently, "PermanentRedirect", FaultKind.Precondition, "Region")]
    [InlineData(HttpStatusCode.BadRequest, "AuthorizationHeaderMalformed", FaultKind.Precondition, "Region")]
    [InlineData(HttpStatusCode.NotFound, "NoSuchBucket", FaultKind.Precondition, "no longer")]
    [InlineData(HttpStatusCode.BadRequest, "", FaultKind.Precondition, "refuses: 400")]
    [InlineData(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed", FaultKind.Precondition, "refuses: 405 MethodNotAllowed")]
    public async Task A_refusal_that_lasts_is_not_tried_again(HttpStatusCode status, string code, FaultKind kind, string text)
    {
        await using var behind = await S3Behind.StartAsync(s3);
        behind.Proxy.Answers = (_, _) => (status, code);
        Func<Task>[] calls =
        [
            () => behind.Store.PutIfAbsentAsync("names/a", new byte[9], Token),
            () => behind.Store.GetAsync("names/a", Token),
            () => behind.Store.DeleteAsync("names/a", Token),
            () => behind.Store.ListAsync("names/", null, Token).ToListAsync(Token).AsTask(),
        ];

        foreach (var call in calls)
        {
            behind.Proxy.Forget();
            var fault = await behind.RefusedAsync(kind, call);
            Assert.Contains(text, fault.Message, StringComparison.Ordinal);
            Assert.Single(behind.Proxy.Requests);
        }
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        await using var behind = await S3Behind.CreateAsync(s3, options => options.Patience = TimeSpan.FromMilliseconds(200));
        await behind.Proxy.DisposeAsync();

        await behind.RefusedAsync(FaultKind.Unavailable, () => behind.Store.GetAsync("names/a", Token));
    }

    [Fact]
    public async Task What_does_not_speak_S3_is_no_store()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        behind.Proxy.Answers = (_, _) => (HttpStatusCode.OK, "Hello");

        var fault = await behind.RefusedAsync(FaultKind.Precondition, () => behind.Store.StartAsync(Token));

        Assert.Contains("does not speak S3", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_that_is_too_large_to_be_ours_is_damaged()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        await behind.Store.PutIfAbsentAsync("blobs/a", new byte[8], Token);
        behind.Proxy.Padding = 5 << 20;

        var fault = await Assert.ThrowsAsync<FaultException>(() => behind.Store.GetAsync("blobs/a", Token));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
        Assert.Contains("blobs/a", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_is_spoken_with_the_authority_of_the_settings_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "ca.pem");
        using var certificate = await IssueAsync(file);
        await using var proxy = await S3Proxy.StartAsync(await s3.ServerAsync(), certificate);
        var options = await s3.PlaceBehindAsync(proxy);
        Assert.StartsWith("https://", options.Endpoint, StringComparison.Ordinal);

        var fault = await Assert.ThrowsAsync<FaultException>(() => S3Fixture.StartAsync(options));
        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("VectorStore:S3:CaFile", fault.Message, StringComparison.Ordinal);

        options.CaFile = file;
        using var store = await S3Fixture.StartAsync(options);
        Assert.True(await store.PutIfAbsentAsync("names/a", new byte[9], Token));
        Assert.Equal(new byte[9], await store.GetAsync("names/a", Token));
    }

    [Fact]
    public async Task Keys_come_from_files_too()
    {
        using var folder = new TemporaryFolder();
        var options = await s3.PlaceAsync();
        options.AccessKeyFile = Path.Combine(folder.Path, "access");
        options.SecretKeyFile = Path.Combine(folder.Path, "secret");
        await File.WriteAllTextAsync(options.AccessKeyFile, $"{options.AccessKey}\n", Token);
        await File.WriteAllTextAsync(options.SecretKeyFile, $"{options.SecretKey}\r\n", Token);
        // The files win.
        (options.AccessKey, options.SecretKey) = ("nobody", "nothing");

        using var store = await S3Fixture.StartAsync(options);

        Assert.True(await store.PutIfAbsentAsync("names/a", new byte[9], Token));
    }

    // An authority of its own, and a certificate of it for localhost.
    private static async Task<X509Certificate2> IssueAsync(string authorityFile)
    {
        var begin = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Graft test authority", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(begin, begin.AddDays(3));
        await File.WriteAllTextAsync(authorityFile, authority.ExportCertificatePem(), Token);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        server.CertificateExtensions.Add(names.Build());
        using var issued = server.Create(authority, begin, begin.AddDays(2), [1, 2, 3]);
        return issued.CopyWithPrivateKey(key);
    }
}
