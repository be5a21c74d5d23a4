using System.Net;
using System.Security.Cryptography;
using Graft.VectorStore.Objects;
using Minio;
using Minio.DataModel.Args;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>What goes over the wire: one request an operation, and none of the Minio package's traps.</summary>
public sealed class S3RequestTests(S3Fixture s3)
{
    private static readonly byte[] _bytes = [1, 2, 3, 4, 5, 6, 7, 8];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_is_one_request_and_signing_is_none()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        var (store, proxy) = (behind.Store, behind.Proxy);
        var version = "";
        (string Method, Func<Task> Run)[] operations =
        [
            ("PUT", () => store.PutIfAbsentAsync("names/a", _bytes, Token)),
            ("PUT", () => store.PutIfAbsentAsync("names/a", _bytes, Token)),
            ("GET", () => store.GetAsync("names/a", Token)),
            ("GET", async () => version = (await store.GetVersionedAsync("names/a", Token))!.Version),
            ("GET", () => store.GetAsync("names/none", Token)),
            ("GET", () => store.GetRangeAsync("names/a", 2, 3, Token)),
            ("GET", () => store.GetRangeAsync("names/a", 100, 3, Token)),
            ("GET", () => store.ExistsAsync("names/a", Token)),
            ("GET", () => store.ExistsAsync("names/none", Token)),
            ("PUT", () => store.ReplaceAsync("names/a", _bytes, version, Token)),
            ("PUT", () => store.ReplaceAsync("names/a", _bytes, "0123456789abcdef0123456789abcdef", Token)),
            ("GET", () => store.ListAsync("names/", null, Token).ToListAsync(Token).AsTask()),
            ("GET", () => ((IObjectStore)store).FindInfoAsync("names/a", Token)),
            ("GET", () => ((IObjectStore)store).FindInfoAsync("names/none", Token)),
            ("DELETE", () => store.DeleteAsync("names/a", Token)),
        ];

        foreach (var (method, run) in operations)
        {
            proxy.Forget();
            await run();
            Assert.Equal(method, Assert.Single(proxy.Requests).Method);
        }

        proxy.Forget();
        await store.PresignAsync("names/a", TimeSpan.FromMinutes(1), Token);
        await store.FlushAsync(Token);
        Assert.Empty(proxy.Requests);
    }

    // Trap: from 5 MiB on the package sends parts and forgets the condition.
    [Fact]
    public async Task The_largest_object_is_sent_in_one_piece_and_on_its_condition()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        await behind.Store.PutIfAbsentAsync("blobs/a", _bytes, Token);
        behind.Proxy.Forget();

        Assert.False(await behind.Store.PutIfAbsentAsync("blobs/a", new byte[IObjectStore.MaxObjectBytes], Token));

        Assert.Equal("PUT", Assert.Single(behind.Proxy.Requests).Method);
        Assert.Equal(_bytes, await behind.Store.GetAsync("blobs/a", Token));
    }

    // Trap: 206 is an error to the package. And only the range may travel.
    [Fact]
    public async Task A_range_is_read_without_the_rest()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        var bytes = new byte[1 << 20];
        new Random(1).NextBytes(bytes);
        await behind.Store.PutIfAbsentAsync("blobs/a", bytes, Token);
        behind.Proxy.ForgetBytes();

        Assert.Equal(bytes[500_000..500_100], await behind.Store.GetRangeAsync("blobs/a", 500_000, 100, Token));

        Assert.Equal(100, behind.Proxy.BytesAnswered);
    }

    // Trap: the package's GET is not one snapshot, and its conditions on reads are dropped. An ETag here is the MD5 of the bytes.
    [Fact]
    public async Task A_version_is_that_of_the_bytes_it_came_with()
    {
        var store = await S3Fixture.StartAsync(await s3.PlaceAsync());
        using var disposing = store;
        await store.PutIfAbsentAsync("names/a", new byte[] { 0 }, Token);
        var writing = Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var current = await store.GetVersionedAsync("names/a", Token);
                    Assert.True(await store.ReplaceAsync("names/a", new byte[i * 100], current!.Version, Token));
                }
            },
            Token);

        while (!writing.IsCompleted)
        {
            var seen = await store.GetVersionedAsync("names/a", Token);
#pragma warning disable CA5351 // The protocol's checksum.
            Assert.Equal(Convert.ToHexStringLower(MD5.HashData(seen!.Bytes)), seen.Version.Split(';')[0]);
#pragma warning restore CA5351
        }

        await writing;
    }

    // Trap: what the package takes as headers it may keep as metadata instead of sending it.
    [Fact]
    public async Task A_condition_does_not_become_metadata()
    {
        using var store = await S3Fixture.StartAsync(await s3.PlaceAsync());
        await store.PutIfAbsentAsync("names/a", _bytes, Token);
        using var http = new HttpClient();

        using var response = await http.GetAsync(await store.PresignAsync("names/a", TimeSpan.FromMinutes(1), Token), Token);

        Assert.Equal(["x-amz-meta-graft-writes"], response.Headers.Select(header => header.Key).Where(
            name => name.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)));
    }

    // Ceph answers 412 or 404 by its version, MinIO 404.
    [Theory]
    [InlineData(HttpStatusCode.PreconditionFailed, "PreconditionFailed")]
    [InlineData(HttpStatusCode.NotFound, "NoSuchKey")]
    public async Task A_replacement_of_what_is_gone_is_lost_however_the_server_says_so(HttpStatusCode status, string code)
    {
        await using var behind = await S3Behind.StartAsync(s3);
        behind.Proxy.Answers = (method, _) => method == "PUT" ? (status, code) : null;

        Assert.False(await behind.Store.ReplaceAsync("names/a", _bytes, "0123456789abcdef0123456789abcdef", Token));
    }

    // MinIO answers 409 where Ceph answers 200.
    [Fact]
    public async Task A_bucket_that_another_process_has_just_made_will_do()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        var lists = 0;
        behind.Proxy.Answers = (method, target) => (method, target) switch
        {
            ("GET", _) when target.Contains("list-type", StringComparison.Ordinal) && lists++ == 0 => (HttpStatusCode.NotFound, "NoSuchBucket"),
            ("PUT", _) when target.EndsWith('/') => (HttpStatusCode.Conflict, "BucketAlreadyOwnedByYou"),
            _ => null,
        };

        await behind.Store.StartAsync(Token);

        Assert.True(await behind.Store.PutIfAbsentAsync("names/a", _bytes, Token));
    }

    // MinIO keeps objects in folders: with "names/M1" and "names/M1/40" it lists neither.
    [Fact]
    public async Task No_object_is_the_folder_of_another()
    {
        await using var behind = await S3Behind.StartAsync(s3);
        foreach (var key in new[] { "names/M1", "names/M1/40", "names/M1/40/x", "names/M1-FT" })
        {
            await behind.Store.PutIfAbsentAsync(key, _bytes, Token);
        }

        string[] names = [.. behind.Proxy.Requests.Where(request => request.Method == "PUT").Select(request => request.Target)];
        Assert.Equal(4, names.Length);
        Assert.DoesNotContain(names, name => names.Any(other => other.StartsWith($"{name}/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Objects_of_others_are_not_listed()
    {
        var place = await s3.PlaceAsync();
        using var store = await S3Fixture.StartAsync(place);
        var endpoint = new Uri(place.Endpoint);
        using var client = new MinioClient().WithEndpoint(endpoint.Host, endpoint.Port).WithCredentials(place.AccessKey, place.SecretKey).Build();
        foreach (var name in new[] { "names/a", "names/two words!", "names/b!", "names/\u0001!", "names/~!" })
        {
            using var stream = new MemoryStream(_bytes);
            await client.PutObjectAsync(
                new PutObjectArgs().WithBucket(place.Bucket).WithObject($"{place.Prefix}/{name}").WithStreamData(stream).WithObjectSize(8), Token);
        }

        Assert.Equal(["names/b"], await store.ListAsync("names/", null, Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Presigned_addresses_begin_with_what_readers_reach()
    {
        await using var behind = await S3Behind.CreateAsync(s3);
        var place = await s3.PlaceAsync();
        place.PublicEndpoint = behind.Proxy.Address;
        using var store = await S3Fixture.StartAsync(place);
        await store.PutIfAbsentAsync("blobs/a", _bytes, Token);
        using var http = new HttpClient();

        var address = await store.PresignAsync("blobs/a", TimeSpan.FromMinutes(1), Token);

        Assert.StartsWith(behind.Proxy.Address, address!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(_bytes, await http.GetByteArrayAsync(address, Token));
        Assert.Single(behind.Proxy.Requests);
    }

    [Fact]
    public async Task A_presigned_address_ends_with_its_lifetime()
    {
        using var store = await S3Fixture.StartAsync(await s3.PlaceAsync());

        var address = await store.PresignAsync("blobs/a", TimeSpan.FromMinutes(10), Token);

        Assert.Contains("X-Amz-Expires=600&", address!.Query, StringComparison.Ordinal);
    }
}
