using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>The contract on a real S3 server.</summary>
public sealed class S3ObjectStoreTests(S3Fixture s3) : ObjectStoreConformance, IAsyncLifetime
{
    private S3ObjectStore _store = null!;
    private S3ObjectStore _other = null!;

    private protected override IObjectStore Store => _store;

    // Instances share nothing but the bucket, like processes.
    private protected override IObjectStore OtherProcess => _other;

    private protected override bool IsReachable => true;

    public async ValueTask InitializeAsync()
    {
        var place = await s3.PlaceAsync();
        _store = await S3Fixture.StartAsync(place);
        _other = await S3Fixture.StartAsync(place);
    }

    public ValueTask DisposeAsync()
    {
        _store?.Dispose();
        _other?.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The contract on a server that ignores conditions, for the one process that may write to it.</summary>
public sealed class S3SingleWriterTests(S3Fixture s3) : ObjectStoreConformance, IAsyncLifetime
{
    private S3Proxy _proxy = null!;
    private S3ObjectStore _store = null!;

    private protected override IObjectStore Store => _store;

    private protected override IObjectStore OtherProcess => _store;

    private protected override bool IsReachable => true;

    public async ValueTask InitializeAsync()
    {
        _proxy = await S3Proxy.StartAsync(await s3.ServerAsync());
        _proxy.IgnoresConditions = true;
        var place = await s3.PlaceBehindAsync(_proxy);
        place.SingleWriter = true;
        _store = await S3Fixture.StartAsync(place);
    }

    public async ValueTask DisposeAsync()
    {
        _store?.Dispose();
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }
    }
}
