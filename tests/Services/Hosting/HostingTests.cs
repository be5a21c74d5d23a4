using System.Net;
using Graft.Hosting;
using Graft.Hosting.Jobs;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Graft.Tests.Services.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task A_host_answers_health_checks()
    {
        await using var host = await TestHost.StartAsync(_ => { }, _ => { });

        var response = await new Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest());

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
    }

    [Fact]
    public async Task A_host_lists_its_services_by_reflection()
    {
        await using var host = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        using var call = new ServerReflection.ServerReflectionClient(host.Channel).ServerReflectionInfo();

        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(default);

        Assert.Superset(
            new HashSet<string> { "graft.v1.VectorStoreService", "graft.v1.JobService" },
            call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToHashSet());
    }

    [Fact]
    public async Task Metrics_are_on_their_own_address_and_nothing_else_is()
    {
        // An exporter collects from every host of the process; a kind of its own keeps other tests' jobs out.
        const string Kind = "observed";
        var settings = new Dictionary<string, string?> { ["Hosting:MetricsAddress"] = "127.0.0.1:0", ["Jobs:WatchInterval"] = "00:00:00" };
        await using var host = await TestHost.StartAsync(builder => builder.Services.AddJobs(), app => app.MapJobs(), settings);
        var jobs = host.App.Services.GetRequiredService<JobTable>();
        jobs.Start(new JobRequest("a", Kind, (_, _) => Task.CompletedTask));
        var service = new V1.JobService.JobServiceClient(host.Channel);
        using var watch = service.WatchJob(new V1.WatchJobRequest { Id = "a" });
        Assert.True(await watch.ResponseStream.ReadAllAsync().AnyAsync(response => response.Job.State == V1.JobState.Succeeded));
        await Assert.ThrowsAsync<RpcException>(async () => await service.GetJobAsync(new V1.GetJobRequest { Id = "b" }));
        using var http = new HttpClient();
        var address = GraftHosting.BoundMetricsAddress(host.App)!;

        var text = await http.GetStringAsync(address);
        using var elsewhere = await http.GetAsync(new Uri(address, "/grpc.health.v1.Health/Check"));

        Assert.Matches($$"""graft_jobs_started_total\{.*kind="{{Kind}}".*\} 1\n""", text);
        Assert.Matches($$"""graft_jobs_ended_total\{.*kind="{{Kind}}",state="succeeded".*\} 1\n""", text);
        Assert.Matches($$"""graft_jobs_running\{.*kind="{{Kind}}".*\} 0\n""", text);
        Assert.Matches($$"""graft_job_duration_seconds_count\{.*kind="{{Kind}}".*\} 1\n""", text);
        Assert.Matches("""graft_rpc_calls_total\{.*code="NotFound",method="graft.v1.JobService/GetJob".*\} [1-9]\d*\n""", text);
        Assert.Matches("""graft_rpc_duration_seconds_bucket\{.*method="graft.v1.JobService/GetJob".*le="0.001".*\} \d+\n""", text);
        Assert.Contains("dotnet_", text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    [Fact]
    public async Task The_address_of_grpc_speaks_http2_only_and_tells_no_metrics()
    {
        await using var host = await TestHost.StartAsync(_ => { }, _ => { });
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(host.Address, "/metrics"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var second = await http.SendAsync(request);
        using var first = await http.GetAsync(new Uri(host.Address, "/metrics"));

        Assert.Equal(HttpStatusCode.NotFound, second.StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, first.StatusCode);
        Assert.Null(GraftHosting.BoundMetricsAddress(host.App));
    }

    [Fact]
    public async Task Port_zero_is_told_once_bound()
    {
        var settings = new Dictionary<string, string?> { ["Hosting:Address"] = "*:0", ["Hosting:AllowAnyoneOnTheNetwork"] = "true" };

        await using var host = await TestHost.StartAsync(_ => { }, _ => { }, settings);

        Assert.Equal("127.0.0.1", host.Address.Host);
        Assert.InRange(host.Address.Port, 1, 65535);
        Assert.Equal(
            HealthCheckResponse.Types.ServingStatus.Serving,
            (await new Health.HealthClient(host.Channel).CheckAsync(new HealthCheckRequest())).Status);
    }

    [Theory]
    [InlineData("Hosting:Address", "8080", "Hosting:Address")]
    [InlineData("Hosting:MetricsAddress", "nowhere", "Hosting:MetricsAddress")]
    [InlineData("Jobs:MaxConcurrentJobs", "0", "MaxConcurrentJobs")]
    public async Task A_bad_setting_stops_the_host_before_it_serves(string name, string value, string told)
    {
        var settings = new Dictionary<string, string?> { [name] = value };

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(
            () => TestHost.StartAsync(builder => builder.Services.AddJobs(), app => app.MapJobs(), settings));

        Assert.Contains(told, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hosting_and_jobs_may_be_added_and_mapped_by_several_services()
    {
        await using var host = await TestHost.StartAsync(
            builder =>
            {
                builder.AddGraftHosting();
                builder.Services.AddJobs().AddJobs();
            },
            app =>
            {
                app.MapJobs();
                app.MapJobs();
            });

        var response = await new V1.JobService.JobServiceClient(host.Channel).ListJobsAsync(new V1.ListJobsRequest());

        Assert.Empty(response.Jobs);
        Assert.Single(host.App.Services.GetServices<JobTable>());
    }
}
