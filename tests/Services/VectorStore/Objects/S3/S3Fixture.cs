using Graft.Tests.S3;
using Graft.VectorStore.Objects.S3;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

[assembly: AssemblyFixture(typeof(Graft.Tests.Services.VectorStore.Objects.S3.S3Fixture))]

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>One S3 server for the whole run, started by the first test that asks for it, with one bucket; each test has its own prefix.</summary>
public sealed class S3Fixture : IAsyncDisposable
{
    private readonly string _bucket = $"graft-test-{Guid.NewGuid():n}";
    private readonly SemaphoreSlim _turn = new(1);
    private S3Server? _server;

    internal async Task<S3Server> ServerAsync()
    {
        Assert.SkipUnless(S3Server.IsPossible, "Ceph's gateway runs on Linux only; name an S3 server with GRAFT_TEST_S3.");
        await _turn.WaitAsync();
        try
        {
            return _server ??= await S3Server.StartAsync(CancellationToken.None);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>An empty place on the server.</summary>
    internal async Task<S3Options> PlaceAsync() => (await ServerAsync()).Options(_bucket, $"test/{Guid.NewGuid():n}");

    /// <summary>The same, behind a proxy.</summary>
    internal async Task<S3Options> PlaceBehindAsync(S3Proxy proxy)
    {
        var options = await PlaceAsync();
        options.Endpoint = proxy.Address;
        return options;
    }

    /// <summary>A store that has been started.</summary>
    internal static async Task<S3ObjectStore> StartAsync(S3Options options)
    {
        var store = new S3ObjectStore(options, TimeProvider.System, NullLogger<S3ObjectStore>.Instance);
        try
        {
            await store.StartAsync(TestContext.Current.CancellationToken);
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _turn.Dispose();
    }
}
