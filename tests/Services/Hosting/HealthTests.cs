using System.Net;
using Graft.Hosting;
using Graft.Hosting.Health;
using Graft.Merger;
using Graft.Tests.Services.Hosting.Access;
using Graft.VectorStore;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Graft.Tests.Services.Hosting;

public sealed class HealthTests
{
    private const HealthCheckResponse.Types.ServingStatus Serving = HealthCheckResponse.Types.ServingStatus.Serving;
    private const HealthCheckResponse.Types.ServingStatus NotServing = HealthCheckResponse.Types.ServingStatus.NotServing;

    [Fact]
    public async Task A_worker_is_not_ready_while_the_store_does_not_reach_its_objects_and_lives_all_the_same()
    {
        var away = false;
        await using var store = await TestHost.StartAsync(
            builder =>
            {
                // The first of a name counts.
                builder.Services.AddReadiness(
                    "objects", (_, _) => away ? throw new IOException("The bucket is away.") : Task.CompletedTask, "graft.v1.VectorStoreService");
                builder.AddVectorStore();
            },
            app => app.MapVectorStore());
        await using var merger = await TestHost.StartAsync(
            builder => builder.AddMerger(),
            app => app.MapMerger(),
            new Dictionary<string, string?> { ["Client:VectorStore"] = store.Address.ToString() });

        var before = await AskAsync(merger);
        away = true;
        var meanwhile = await AskAsync(merger);
        var ofStore = await AskAsync(store);
        away = false;
        var after = await AskAsync(merger);

        Assert.Equal((Serving, Serving), before);
        Assert.Equal((Serving, NotServing), meanwhile);
        Assert.Equal((Serving, NotServing), ofStore);
        Assert.Equal((Serving, Serving), after);
    }

    [Fact]
    public async Task A_worker_is_not_ready_without_a_store()
    {
        await using var merger = await TestHost.StartAsync(
            builder => builder.AddMerger(), app => app.MapMerger(), new Dictionary<string, string?> { ["Client:VectorStore"] = "http://127.0.0.1:1" });

        Assert.Equal((Serving, NotServing), await AskAsync(merger));
    }

    [Fact]
    public async Task All_services_of_one_process_are_ready_together()
    {
        await using var host = await TestHost.StartAsync(
            builder => builder.AddVectorStore().AddMerger(),
            app =>
            {
                app.MapVectorStore();
                app.MapMerger();
            });

        Assert.Equal((Serving, Serving), await AskAsync(host));
    }

    [Fact]
    public async Task A_host_that_is_stopping_gets_no_work_and_is_not_killed_for_it()
    {
        await using var host = await TestHost.StartAsync(_ => { }, _ => { });

        host.App.Lifetime.StopApplication();

        Assert.Equal((Serving, NotServing), await AskAsync(host));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0)]
    public async Task What_is_away_is_told_unless_the_host_is_stopping(bool isStopping, int told)
    {
        using var logs = new LogCollector();
        await using var host = await TestHost.StartAsync(
            builder => builder.Services.AddReadiness("objects", (_, _) => throw new ObjectDisposedException("GrpcChannel")),
            app => app.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs));
        if (isStopping)
        {
            host.App.Lifetime.StopApplication();
        }

        Assert.Equal((Serving, NotServing), await AskAsync(host));
        Assert.Equal((Serving, NotServing), await AskAsync(host));

        Assert.Equal(told, logs.Lines.Count(line => line.Contains("Not ready for work, objects is away", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Health_has_an_address_of_its_own_with_nothing_else_on_it()
    {
        var settings = new Dictionary<string, string?> { ["Hosting:HealthAddress"] = "127.0.0.1:0", ["Hosting:MetricsAddress"] = "127.0.0.1:0" };
        await using var host = await TestHost.StartAsync(builder => builder.AddVectorStore(), app => app.MapVectorStore(), settings);
        var address = GraftHosting.BoundHealthAddress(host.App)!;
        using var channel = GrpcChannel.ForAddress(address);
        using var http = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };

        var health = await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = HealthHosting.Readiness });
        using var elsewhere = await http.PostAsync(new Uri(address, "/graft.v1.VectorStoreService/GetArtifact"), null);
        using var metrics = await http.GetAsync(new Uri(address, "/metrics"));

        Assert.Equal(3, new[] { host.Address, GraftHosting.BoundMetricsAddress(host.App)!, address }.Select(uri => uri.Port).Distinct().Count());
        Assert.Equal(Serving, health.Status);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (elsewhere.StatusCode, metrics.StatusCode));
    }

    private static async Task<(HealthCheckResponse.Types.ServingStatus Liveness, HealthCheckResponse.Types.ServingStatus Readiness)> AskAsync(TestHost host)
    {
        var health = new Health.HealthClient(host.Channel);
        return (
            (await health.CheckAsync(new HealthCheckRequest { Service = HealthHosting.Liveness })).Status,
            (await health.CheckAsync(new HealthCheckRequest { Service = HealthHosting.Readiness })).Status);
    }
}
