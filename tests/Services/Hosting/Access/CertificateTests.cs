using Graft.Client;
using Graft.Faults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.Hosting.Access;

public sealed class CertificateTests
{
    [Fact]
    public async Task A_service_with_a_certificate_reads_and_writes_and_does_not_administer()
    {
        await using var host = await GuardedHost.StartAsync();

        var faults = await GuardedHost.TryAsync(host.WithCertificate(host.Authority.Issue("merger.graft.svc")));

        Assert.Equal([null, null, FaultKind.PermissionDenied], faults.Select(fault => fault?.Kind));
        Assert.Equal(
            "graft.v1.VectorStoreService/CollectGarbage needs the role admin, and certificate merger.graft.svc has runner; "
            + "whoever runs this server grants roles (Access:Roles, or the token's roles claim).",
            faults[2]!.Message);
    }

    [Fact]
    public async Task A_list_of_pods_is_spoken_to_with_tls_when_there_is_an_authority()
    {
        await using var host = await GuardedHost.StartAsync();
        var (certificate, key) = host.Authority.Issue("merger.graft.svc");
        using var client = new GraftClient(
            new ClientOptions
            {
                Server = new Uri($"dns:///localhost:{host.Address.Port}"),
                CaFile = host.Authority.File,
                CertificateFile = certificate,
                KeyFile = key,
            },
            TimeProvider.System);

        Assert.Null((await GuardedHost.TryAsync(client))[0]);
    }

    [Fact]
    public async Task Names_of_certificates_have_roles_of_their_own()
    {
        await using var host = await GuardedHost.StartAsync(new()
        {
            ["Access:Tls:CertificateRole"] = "",
            ["Access:Roles:0:Certificate"] = "spiffe://cluster.local/ns/graft/sa/*",
            ["Access:Roles:0:Role"] = "Admin",
            ["Access:Roles:1:Certificate"] = "dashboard.graft.svc",
            ["Access:Roles:1:Role"] = "Reader",
        });

        var spiffe = await GuardedHost.TryAsync(host.WithCertificate(host.Authority.Issue("a", "spiffe://cluster.local/ns/graft/sa/keeper")));
        var dashboard = await GuardedHost.TryAsync(host.WithCertificate(host.Authority.Issue("dashboard.graft.svc")));
        var stranger = await GuardedHost.TryAsync(host.WithCertificate(host.Authority.Issue("other.svc", "spiffe://cluster.local/ns/others/sa/keeper")));

        Assert.Equal([null, null, null], spiffe.Select(fault => fault?.Kind));
        Assert.Equal([null, FaultKind.PermissionDenied, FaultKind.PermissionDenied], dashboard.Select(fault => fault?.Kind));
        Assert.All(stranger, fault => Assert.Equal(FaultKind.PermissionDenied, fault?.Kind));
        Assert.Contains("certificate other.svc has none", stranger[0]!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_certificate_and_no_token_is_told_what_to_send()
    {
        await using var host = await GuardedHost.StartAsync();

        var fault = await GuardedHost.RefusalAsync(host.Client());

        Assert.Equal(FaultKind.Unauthenticated, fault.Kind);
        Assert.Equal(
            "This server wants to know who calls: send a token of https://issuer.test for the audience graft (header \"authorization: Bearer ...\"), "
            + "or a client certificate of an authority it trusts.",
            fault.Message);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        await using var host = await GuardedHost.StartAsync();
        using var other = new TestAuthority(host.Folder, "impostor");

        var fault = await GuardedHost.RefusalAsync(host.WithCertificate(other.Issue("merger.graft.svc")));

        Assert.Equal(
            (FaultKind.Unauthenticated, "The client certificate CN=merger.graft.svc is not accepted: none of the authorities this server trusts has signed it; use one that was made for it."),
            (fault.Kind, fault.Message));
    }

    [Fact]
    public async Task An_expired_certificate_is_refused_with_its_end()
    {
        await using var host = await GuardedHost.StartAsync();
        var end = host.Authority.Now.AddHours(-1);

        var fault = await GuardedHost.RefusalAsync(host.WithCertificate(host.Authority.Issue("merger.graft.svc", from: end.AddDays(-1), to: end)));

        Assert.Equal(FaultKind.Unauthenticated, fault.Kind);
        Assert.EndsWith($"to {end.UtcDateTime:u}; renew it.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_for_servers_only_identifies_no_client()
    {
        await using var host = await GuardedHost.StartAsync();

        var fault = await GuardedHost.RefusalAsync(host.WithCertificate(host.Authority.Issue("web.graft.svc", isClient: false)));

        Assert.Equal(FaultKind.Unauthenticated, fault.Kind);
        Assert.Contains("clientAuth", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_refuses_a_server_whose_authority_it_does_not_know_at_once()
    {
        await using var host = await GuardedHost.StartAsync();
        using var other = new TestAuthority(host.Folder, "other");

        var fault = await GuardedHost.RefusalAsync(host.Client(new() { CaFile = other.File }));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("is not trusted", fault.Message, StringComparison.Ordinal);
        Assert.Contains("--ca FILE", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewed_files_count_without_a_restart_and_a_broken_one_leaves_what_was_there()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var host = await GuardedHost.StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));
        using var next = new TestAuthority(host.Folder, "next");
        var files = next.Issue("merger.graft.svc");
        Assert.NotNull((await GuardedHost.TryAsync(host.WithCertificate(files)))[0]);

        // The client trusts the next authority only: the server's own certificate must be the new one.
        next.Issue("localhost");
        File.Copy(next.File, host.Authority.File, overwrite: true);
        clock.Advance(TimeSpan.FromSeconds(11));
        var renewed = await GuardedHost.TryAsync(host.Client(new() { CaFile = next.File, CertificateFile = files.Certificate, KeyFile = files.Key }));
        await File.WriteAllTextAsync(Path.Combine(host.Folder, "localhost.crt"), "-----BEGIN CERTIFICATE-----\nhalf");
        clock.Advance(TimeSpan.FromSeconds(11));
        var broken = await GuardedHost.TryAsync(host.Client(new() { CaFile = next.File, CertificateFile = files.Certificate, KeyFile = files.Key }));

        Assert.Equal([null, null, FaultKind.PermissionDenied], renewed.Select(fault => fault?.Kind));
        Assert.Equal([null, null, FaultKind.PermissionDenied], broken.Select(fault => fault?.Kind));
        Assert.Contains(host.Logs.Lines, line => line.Contains("cannot be read any more", StringComparison.Ordinal));
    }
}
