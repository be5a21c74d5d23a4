using Graft.Tests.Services.VectorStore.Objects.S3;
using Graft.VectorStore;
using Graft.VectorStore.Objects.S3;

namespace Graft.Tests.Services.VectorStore;

public sealed class NamesOnS3Tests(S3Fixture s3) : NameTests
{
    private readonly S3Place _place = new(s3);

    private protected override Task<TestHost> StartAsync(string? folder = null) => _place.StartAsync(folder);
}

public sealed class ResultsOnS3Tests(S3Fixture s3) : ResultTests
{
    private readonly S3Place _place = new(s3);

    private protected override Task<TestHost> StartAsync(string? folder = null) => _place.StartAsync(folder);

    private protected override Task EmptyAsync(TestHost host, string key) => _place.OverwriteAsync(key, []);

    private protected override Task RemoveAsync(TestHost host, string key) => _place.RemoveAsync(key);
}

/// <summary>Hosts of one test, on one place in a bucket.</summary>
internal sealed class S3Place(S3Fixture s3)
{
    private S3Options? _options;

    public async Task<TestHost> StartAsync(string? folder) => await StartAsync(_options ??= await s3.PlaceAsync(), folder);

    /// <summary>Puts other bytes in an object's place, behind the back of the hosts.</summary>
    public async Task OverwriteAsync(string key, byte[] bytes)
    {
        using var store = await S3Fixture.StartAsync(_options!);
        await store.DeleteAsync(key, StoreHost.Token);
        await store.PutIfAbsentAsync(key, bytes, StoreHost.Token);
    }

    /// <summary>Takes an object away, behind the back of the hosts.</summary>
    public async Task RemoveAsync(string key)
    {
        using var store = await S3Fixture.StartAsync(_options!);
        await store.DeleteAsync(key, StoreHost.Token);
    }

    public static Task<TestHost> StartAsync(S3Options options, string? folder = null) => TestHost.StartAsync(
        builder => builder.AddVectorStore(),
        app => app.MapVectorStore(),
        new Dictionary<string, string?>
        {
            ["VectorStore:Folder"] = "",
            ["VectorStore:S3:Endpoint"] = options.Endpoint,
            ["VectorStore:S3:PublicEndpoint"] = options.PublicEndpoint,
            ["VectorStore:S3:Bucket"] = options.Bucket,
            ["VectorStore:S3:Prefix"] = options.Prefix,
            ["VectorStore:S3:AccessKey"] = options.AccessKey,
            ["VectorStore:S3:SecretKey"] = options.SecretKey,
            ["VectorStore:S3:Patience"] = options.Patience.ToString(),
            ["VectorStore:S3:AttemptLimit"] = options.AttemptLimit.ToString(),
        },
        folder);
}
