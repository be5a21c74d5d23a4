using System.Net;
using System.Net.Sockets;
using Graft.Client;
using Graft.Client.Calls;
using Graft.Faults;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class WorkersTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly Channels _channels = new(new ClientOptions());

    public void Dispose() => _channels.Dispose();

    [Fact]
    public async Task A_name_stands_for_every_machine_behind_it_as_it_is_now()
    {
        IPAddress[] pods = [IPAddress.Parse("10.0.0.9"), IPAddress.Parse("10.0.0.3")];
        var workers = New(new ClientOptions { Trainer = new Uri("dns:///trainer.graft.svc:8080") }, host =>
        {
            Assert.Equal("trainer.graft.svc", host);
            return pods;
        });

        Assert.Equal(["http://10.0.0.3:8080/", "http://10.0.0.9:8080/"], await ListAsync(workers));
        pods = [IPAddress.Parse("10.0.0.9"), IPAddress.Parse("fd00::1")];
        Assert.Equal(["http://10.0.0.3:8080/", "http://10.0.0.9:8080/"], await ListAsync(workers));
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(["http://10.0.0.9:8080/", "http://[fd00::1]:8080/"], await ListAsync(workers));
    }

    [Fact]
    public async Task A_list_goes_before_the_one_address_and_that_before_the_server()
    {
        var options = new ClientOptions { Server = new Uri("http://all:1") };
        Assert.Equal(["http://all:1/"], await ListAsync(New(options)));
        options.Trainer = new Uri("http://one:1");
        Assert.Equal(["http://one:1/"], await ListAsync(New(options)));
        options.Trainers.Add(new Uri("http://a:1"));
        options.Trainers.Add(new Uri("http://b:1"));
        Assert.Equal(["http://a:1/", "http://b:1/"], await ListAsync(New(options)));
    }

    [Fact]
    public async Task A_name_nobody_knows_is_a_worker_that_is_away()
    {
        var workers = New(new ClientOptions { Trainer = new Uri("dns:///gone:8080") }, _ => throw new SocketException((int)SocketError.HostNotFound));

        var fault = await Assert.ThrowsAsync<FaultException>(() => workers.ListAsync(CancellationToken.None));

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
        Assert.Contains("dns:///gone:8080", fault.Message, StringComparison.Ordinal);
    }

    private Workers New(ClientOptions options, Func<string, IPAddress[]>? resolve = null) =>
        new("trainer", "Trainer", all => all.Trainer, all => all.Trainers, options, _channels, _time)
        {
            Resolve = (host, _) => Task.FromResult((resolve ?? (_ => []))(host)),
        };

    private static async Task<string[]> ListAsync(Workers workers) =>
        [.. (await workers.ListAsync(CancellationToken.None)).Select(worker => worker.Address.ToString())];
}
