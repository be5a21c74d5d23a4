using Graft.Faults;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>A store on the real server with a proxy between them, and what both have said.</summary>
internal sealed class S3Behind : IAsyncDisposable
{
    private S3Behind(S3Proxy proxy, S3Options options)
    {
        Proxy = proxy;
        Options = options;
        Store = new S3ObjectStore(options, TimeProvider.System, Log);
    }

    public S3Proxy Proxy { get; }

    public S3Options Options { get; }

    public LogLines Log { get; } = new();

    public S3ObjectStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A store that has not been started.</summary>
    public static async Task<S3Behind> CreateAsync(S3Fixture s3, Action<S3Options>? change = null)
    {
        var proxy = await S3Proxy.StartAsync(await s3.ServerAsync());
        var options = await s3.PlaceBehindAsync(proxy);
        change?.Invoke(options);
        return new S3Behind(proxy, options);
    }

    /// <summary>A store that has been started; the proxy has forgotten how.</summary>
    public static async Task<S3Behind> StartAsync(S3Fixture s3, Action<S3Options>? change = null)
    {
        var behind = await CreateAsync(s3, change);
        await behind.Store.StartAsync(Token);
        behind.Proxy.Forget();
        return behind;
    }

    /// <summary>The fault of a call, which names the server and the bucket and gives no key away.</summary>
    public async Task<FaultException> RefusedAsync(FaultKind kind, Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(call);
        Assert.Equal(kind, fault.Kind);
        Assert.Contains(Options.Endpoint, fault.Message, StringComparison.Ordinal);
        Assert.Contains(Options.Bucket, fault.Message, StringComparison.Ordinal);
        foreach (var text in Log.Lines.Append(fault.ToString()))
        {
            Assert.DoesNotContain(Options.SecretKey, text, StringComparison.Ordinal);
            Assert.DoesNotContain("Signature=", text, StringComparison.Ordinal);
        }

        return fault;
    }

    public async ValueTask DisposeAsync()
    {
        Store.Dispose();
        await Proxy.DisposeAsync();
    }
}
