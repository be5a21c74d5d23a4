using System.Net;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>Tokens of Kubernetes service accounts: their keys are on the API server, behind its own authority, for pods with a token.</summary>
public sealed class DiscoveryTests : IDisposable
{
    private const string PodToken = "the-token-of-the-pod";

    private readonly string _folder = Directory.CreateTempSubdirectory("graft-discovery-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Service_account_tokens_are_checked_with_the_keys_of_the_api_server()
    {
        using var cluster = new TestAuthority(_folder, "cluster");
        await using var server = await StartApiServerAsync(cluster);
        using var issuer = new TestIssuer("https://kubernetes.default.svc.cluster.local");
        server.Keys = issuer.Keys();
        server.Issuer = issuer.Issuer;
        var file = Path.Combine(_folder, "pod-token");
        await File.WriteAllTextAsync(file, $"{PodToken}\n", TestContext.Current.CancellationToken);
        await using var host = await GuardedHost.StartAsync(Settings(server.Address, cluster.File, file, issuer.Issuer));

        var faults = await GuardedHost.TryAsync(host.WithToken(issuer.Token("system:serviceaccount:graft:ci")));

        Assert.Equal([null, null, FaultKind.PermissionDenied], faults.Select(fault => fault?.Kind));
        Assert.Equal($"Bearer {PodToken}", server.Authorization);
    }

    [Fact]
    public async Task An_issuer_that_does_not_answer_is_no_fault_of_the_caller()
    {
        using var cluster = new TestAuthority(_folder, "cluster");
        using var stranger = new TestAuthority(_folder, "stranger");
        await using var server = await StartApiServerAsync(cluster);
        using var issuer = new TestIssuer("https://kubernetes.default.svc.cluster.local");
        await using var host = await GuardedHost.StartAsync(Settings(server.Address, stranger.File, "", issuer.Issuer));

        var fault = await GuardedHost.RefusalAsync(host.WithToken(issuer.Token("system:serviceaccount:graft:ci")));

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
        Assert.Contains("The keys of https://kubernetes.default.svc.cluster.local cannot be fetched", fault.Message, StringComparison.Ordinal);
        // Nothing of the server was asked before its certificate was known.
        Assert.Null(server.Authorization);
    }

    private static Dictionary<string, string?> Settings(Uri server, string authority, string token, string issuer) => new()
    {
        ["Access:Jwt:JwksFile"] = "",
        ["Access:Jwt:Issuer"] = issuer,
        ["Access:Jwt:DiscoveryAddress"] = new Uri(server, "/.well-known/openid-configuration").ToString(),
        ["Access:Jwt:DiscoveryCaFile"] = authority,
        ["Access:Jwt:DiscoveryTokenFile"] = token,
        ["Access:Roles:0:Subject"] = "system:serviceaccount:graft:ci",
        ["Access:Roles:0:Role"] = "Runner",
    };

    private static async Task<ApiServer> StartApiServerAsync(TestAuthority authority)
    {
        var (certificate, key) = authority.Issue("kubernetes.default.svc");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listener => listener.UseHttps(X509Certificate2.CreateFromPemFile(certificate, key))));
        var server = new ApiServer(builder.Build());
        await server.StartAsync();
        return server;
    }

    private sealed class ApiServer(WebApplication app) : IAsyncDisposable
    {
        public string Keys { get; set; } = "";

        public string Issuer { get; set; } = "";

        public string? Authorization { get; private set; }

        public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        public Task StartAsync()
        {
            app.MapGet("/.well-known/openid-configuration", context => AnswerAsync(
                context, $$"""{"issuer":"{{Issuer}}","jwks_uri":"{{new Uri(Address, "/openid/v1/jwks")}}","id_token_signing_alg_values_supported":["ES256"]}"""));
            app.MapGet("/openid/v1/jwks", context => AnswerAsync(context, Keys));
            return app.StartAsync();
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();

        private Task AnswerAsync(HttpContext context, string json)
        {
            Authorization = context.Request.Headers.Authorization;
            context.Response.StatusCode = Authorization == $"Bearer {PodToken}" ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized;
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(context.Response.StatusCode == StatusCodes.Status200OK ? json : "{}");
        }
    }
}
