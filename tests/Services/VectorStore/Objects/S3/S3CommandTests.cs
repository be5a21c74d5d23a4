using Graft.Cli.Connections;
using Graft.Client;
using Graft.Faults;
using Graft.VectorStore.Objects.S3;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects.S3;

/// <summary>The command line's own server on a bucket.</summary>
public sealed class S3CommandTests(S3Fixture s3) : IDisposable
{
    private readonly TemporaryFolder _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_processes_share_a_bucket_and_leave_nothing_in_the_folder_they_run_in()
    {
        var place = await s3.PlaceAsync();
        await using var first = await StartAsync(place, place.SecretKey);
        await using var second = await StartAsync(place, place.SecretKey);
        using var writer = new GraftClient(new ClientOptions { Server = first.Address }, TimeProvider.System);
        using var reader = new GraftClient(new ClientOptions { Server = second.Address, CacheBytes = 0 }, TimeProvider.System);

        var entry = await writer.Store.WriteFileAsync("a.txt", "hello"u8.ToArray(), Token);

        Assert.Equal("hello"u8.ToArray(), await reader.Store.ReadAsync(entry.Sha256, 5, Token));
        Assert.False(Directory.Exists("s3:"));
    }

    [Fact]
    public async Task Wrong_keys_are_the_users_to_mend()
    {
        var place = await s3.PlaceAsync();

        var fault = await Assert.ThrowsAsync<FaultException>(() => StartAsync(place, "wrong"));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("SecretKey", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_keys_are_told_before_anything_is_asked()
    {
        var place = await s3.PlaceAsync();

        var fault = await Assert.ThrowsAsync<FaultException>(() => StartAsync(place, ""));

        Assert.Contains("VectorStore:S3:SecretKey is missing", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _home.Dispose();

    private Task<LocalServer> StartAsync(S3Options place, string secretKey) => LocalServer.StartAsync(
        new LocalServerSettings($"s3://{place.Bucket}/{place.Prefix}")
        {
            Variable = name => name switch
            {
                "GRAFT_S3_ENDPOINT" => place.Endpoint,
                "AWS_ACCESS_KEY_ID" => place.AccessKey,
                "AWS_SECRET_ACCESS_KEY" => secretKey,
                "HOME" or "XDG_DATA_HOME" => _home.Path,
                _ => null,
            },
        },
        Token);
}
