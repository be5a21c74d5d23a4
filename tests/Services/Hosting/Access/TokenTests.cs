using Graft.Client;
using Graft.Faults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

public sealed class TokenTests
{
    [Theory]
    [InlineData("reader", null, FaultKind.PermissionDenied, FaultKind.PermissionDenied)]
    [InlineData("runner", null, null, FaultKind.PermissionDenied)]
    [InlineData("admin", null, null, null)]
    [InlineData("owner", FaultKind.PermissionDenied, FaultKind.PermissionDenied, FaultKind.PermissionDenied)]
    public async Task A_role_of_a_token_opens_its_class_of_methods(string role, FaultKind? read, FaultKind? write, FaultKind? administer)
    {
        await using var host = await GuardedHost.StartAsync();

        var faults = await GuardedHost.TryAsync(host.WithToken(host.Issuer.Token("alice", [role])));

        Assert.Equal([read, write, administer], faults.Select(fault => fault?.Kind));
    }

    [Fact]
    public async Task Subjects_and_groups_are_granted_roles_and_the_highest_counts()
    {
        await using var host = await GuardedHost.StartAsync(new()
        {
            ["Access:Jwt:RolesClaim"] = "",
            ["Access:Roles:0:Subject"] = "system:serviceaccount:graft:*",
            ["Access:Roles:0:Role"] = "Runner",
            ["Access:Roles:1:Group"] = "ml-team",
            ["Access:Roles:1:Role"] = "Reader",
            ["Access:Roles:2:Group"] = "ml-admins",
            ["Access:Roles:2:Role"] = "Admin",
        });

        async Task<FaultKind?[]> KindsAsync(string token) => [.. (await GuardedHost.TryAsync(host.WithToken(token))).Select(fault => fault?.Kind)];

        const FaultKind Denied = FaultKind.PermissionDenied;
        Assert.Equal([null, null, Denied], await KindsAsync(host.Issuer.Token("system:serviceaccount:graft:ci")));
        Assert.Equal([Denied, Denied, Denied], await KindsAsync(host.Issuer.Token("system:serviceaccount:graft")));
        Assert.Equal([null, Denied, Denied], await KindsAsync(host.Issuer.Token("bob", groups: ["ml-team"])));
        Assert.Equal([null, null, null], await KindsAsync(host.Issuer.Token("eve", groups: ["ml-team", "ml-admins"])));
        // The claim of roles counts for nothing where it is not set.
        Assert.Equal([Denied, Denied, Denied], await KindsAsync(host.Issuer.Token("mallory", roles: ["admin"])));
    }

    [Fact]
    public async Task What_is_wrong_with_a_token_is_said()
    {
        await using var host = await GuardedHost.StartAsync();
        using var forger = new TestIssuer(host.Issuer.Issuer);
        var issuer = host.Issuer;

        async Task<string> WhyAsync(string token)
        {
            var fault = await GuardedHost.RefusalAsync(host.WithToken(token));
            Assert.Equal(FaultKind.Unauthenticated, fault.Kind);
            Assert.DoesNotContain(token, fault.Message, StringComparison.Ordinal);
            return fault.Message;
        }

        Assert.Equal(
            "The token is not accepted: it is for another audience; ask the issuer for one with the audience graft.",
            await WhyAsync(issuer.Token("alice", ["admin"], audience: "elsewhere")));
        Assert.Contains("another issuer made it", await WhyAsync(issuer.Token("alice", ["admin"], issuer: "https://evil.test")), StringComparison.Ordinal);
        Assert.Contains("it expired at", await WhyAsync(issuer.Token("alice", ["admin"], expires: TimeSpan.FromMinutes(-5))), StringComparison.Ordinal);
        Assert.Contains("by none of the keys", await WhyAsync(forger.Token("alice", ["admin"])), StringComparison.Ordinal);
        Assert.Contains("by none of the keys", await WhyAsync(issuer.TokenWithSecret("alice")), StringComparison.Ordinal);
        Assert.Contains("no JSON Web Token", await WhyAsync("not-a-token"), StringComparison.Ordinal);
        // {"alg":"none"}, {"sub":"alice","roles":"admin","iss":"https://issuer.test","aud":"graft","exp":4102444800}
        Assert.StartsWith("The token is not accepted", await WhyAsync(
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSIsInJvbGVzIjoiYWRtaW4iLCJpc3MiOiJodHRwczovL2lzc3Vlci50ZXN0IiwiYXVkIjoiZ3JhZnQiLCJleHAiOjQxMDI0NDQ4MDB9."), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_token_is_not_made_good_by_a_certificate()
    {
        await using var host = await GuardedHost.StartAsync();
        var (certificate, key) = host.Authority.Issue("merger.graft.svc");

        var fault = await GuardedHost.RefusalAsync(host.Client(new()
        {
            CertificateFile = certificate,
            KeyFile = key,
            Token = host.Issuer.Token("alice", ["admin"], audience: "elsewhere"),
        }));

        Assert.Equal(FaultKind.Unauthenticated, fault.Kind);
    }

    [Fact]
    public async Task Keys_that_are_exchanged_count_without_a_restart()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await GuardedHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));
        using var next = new TestIssuer(host.Issuer.Issuer, "second");
        Assert.NotNull((await GuardedHost.TryAsync(host.WithToken(next.Token("alice", ["admin"]))))[0]);

        host.Write("jwks.json", next.Keys());
        clock.Advance(TimeSpan.FromSeconds(11));

        Assert.Null((await GuardedHost.TryAsync(host.WithToken(next.Token("alice", ["admin"]))))[0]);
        Assert.Equal(FaultKind.Unauthenticated, (await GuardedHost.RefusalAsync(host.WithToken(host.Issuer.Token("alice", ["admin"])))).Kind);
    }

    [Fact]
    public async Task A_token_file_is_read_again_for_every_call()
    {
        await using var host = await GuardedHost.StartAsync();
        var file = host.Write("token", host.Issuer.Token("alice", ["reader"], audience: "elsewhere"));
        var client = host.Client(new() { TokenFile = file });
        Assert.Equal(FaultKind.Unauthenticated, (await GuardedHost.RefusalAsync(client)).Kind);

        host.Write("token", host.Issuer.Token("alice", ["reader"]) + "\n");

        Assert.Null((await GuardedHost.TryAsync(client))[0]);
    }

    [Fact]
    public async Task A_client_sends_no_token_where_it_could_be_read()
    {
        using var client = new GraftClient(
            new ClientOptions { Server = new Uri("http://192.0.2.1:8080"), Token = "secret", Patience = TimeSpan.Zero }, TimeProvider.System);
        using var list = new GraftClient(
            new ClientOptions { Server = new Uri("dns:///graft.test:8080"), Token = "secret", Patience = TimeSpan.Zero }, TimeProvider.System);

        foreach (var one in new[] { client, list })
        {
            var fault = await GuardedHost.RefusalAsync(one);

            Assert.Equal(FaultKind.Precondition, fault.Kind);
            Assert.Contains("no https address", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        }
    }
}
