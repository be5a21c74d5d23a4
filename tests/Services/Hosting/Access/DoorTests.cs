using Graft.Hosting;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.Options;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>Where a host listens, and whom it lets in without asking.</summary>
public sealed class DoorTests
{
    [Theory]
    [InlineData("*:0")]
    [InlineData("0.0.0.0:0")]
    [InlineData("[::]:0")]
    public async Task A_host_that_others_reach_and_that_asks_nobody_does_not_start(string address)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(new() { ["Hosting:Address"] = address }));

        Assert.Contains("nobody would be asked who they are", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Hosting:AllowAnyoneOnTheNetwork=true", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_starts_when_a_flag_says_so_and_then_lets_everybody_in()
    {
        await using var host = await StartAsync(new() { ["Hosting:Address"] = "*:0", ["Hosting:AllowAnyoneOnTheNetwork"] = "true" });

        // Nothing is mapped: UNIMPLEMENTED is the answer of the open door.
        var exception = await Assert.ThrowsAsync<RpcException>(
            async () => await new V1.VectorStoreService.VectorStoreServiceClient(host.Channel).CollectGarbage(new()).ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.Unimplemented, exception.StatusCode);
    }

    [Fact]
    public async Task Tokens_over_a_network_need_tls_or_a_flag()
    {
        Dictionary<string, string?> settings = new()
        {
            ["Hosting:Address"] = "*:0",
            ["Access:Jwt:Issuer"] = "https://issuer.test",
            ["Access:Jwt:Audience"] = "graft",
        };

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(settings));
        settings["Access:AllowTokensInTheClear"] = "true";
        await using var host = await StartAsync(settings);

        Assert.Contains("tokens could be read on their way", exception.Message, StringComparison.Ordinal);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(
            async () => await new V1.JobService.JobServiceClient(host.Channel).ListJobsAsync(new()))).StatusCode);
    }

    [Theory]
    [InlineData("Access:Jwt:Issuer", "https://issuer.test", "both Issuer and Audience")]
    [InlineData("Access:Tls:CertificateFile", "/nowhere.crt", "belong together")]
    [InlineData("Access:Tls:ClientCaFile", "/nowhere.crt", "needs TLS")]
    [InlineData("Access:Jwt:JwksFile", "/nowhere.json", "there is no file /nowhere.json")]
    [InlineData("Access:Roles:0:Role", "Admin", "Every entry of Access:Roles")]
    [InlineData("Hosting:HealthAddress", "nowhere", "Hosting:HealthAddress")]
    public async Task Half_a_setting_stops_the_start(string name, string value, string told)
    {
        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(new() { [name] = value }));

        Assert.Contains(told, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_is_told_without_a_token_on_both_addresses_and_nothing_else_on_its_own()
    {
        await using var host = await GuardedHost.StartAsync(new() { ["Hosting:HealthAddress"] = "127.0.0.1:0" });
        using var probe = GrpcChannel.ForAddress(GraftHosting.BoundHealthAddress(host.Host.App)!);
        using var nobody = GrpcChannel.ForAddress(host.Address, new()
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = new() { CertificateChainPolicy = Trust(host.Authority) } },
            DisposeHttpClient = true,
        });

        foreach (var channel in new[] { probe, nobody })
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest());
            Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, answer.Status);
        }

        var elsewhere = await Assert.ThrowsAsync<RpcException>(
            async () => await new V1.VectorStoreService.VectorStoreServiceClient(probe).ListNamesAsync(new()));
        var unknown = await Assert.ThrowsAsync<RpcException>(
            async () => await new V1.VectorStoreService.VectorStoreServiceClient(nobody).ListNamesAsync(new()));
        Assert.Equal((StatusCode.Unimplemented, StatusCode.Unauthenticated), (elsewhere.StatusCode, unknown.StatusCode));
    }

    private static System.Security.Cryptography.X509Certificates.X509ChainPolicy Trust(TestAuthority authority)
    {
        var policy = new System.Security.Cryptography.X509Certificates.X509ChainPolicy
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(authority.File);
        return policy;
    }

    private static Task<TestHost> StartAsync(Dictionary<string, string?> settings) => TestHost.StartAsync(_ => { }, _ => { }, settings);
}
