using System.Diagnostics;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Graft.Hosting.Telemetry;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Trace;
using Xunit;

namespace Graft.Tests.Services.Hosting.Telemetry;

/// <summary>Spans of hosts that call each other. The whole tree of a run is in tests/EndToEnd/Monitoring/TraceTests.cs.</summary>
public sealed class TracingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_of_one_host_to_another_is_one_trace()
    {
        var spans = new Spans();
        await using var inner = await ScriptedService.StartAsync(_ => Task.CompletedTask);
        await using var outer = await TestHost.StartAsync(builder => builder.Services.AddJobs().AddGraftTracing(spans.Export), app => app.MapJobs());
        var jobs = outer.App.Services.GetRequiredService<JobTable>();
        var service = new V1.JobService.JobServiceClient(inner.Channel);
        jobs.Start(new JobRequest("traced", "call", async (_, token) =>
        {
            await Assert.ThrowsAsync<RpcException>(async () => await service.GetJobAsync(new V1.GetJobRequest { Id = "none" }, cancellationToken: token));
        }));
        await jobs.WatchAsync("traced", Token).LastAsync(Token);

        var job = await spans.FindAsync("execute call");
        var sent = await spans.FindAsync("graft.v1.JobService/GetJob", span => span.Source.Name == "Grpc.Net.Client" && span.TraceId == job.TraceId);
        var answered = await spans.FindAsync("graft.v1.JobService/GetJob", span => span.Kind == ActivityKind.Server && span.TraceId == job.TraceId);
        Assert.Equal(default, job.ParentSpanId);
        Assert.Equal(job.SpanId, sent.ParentSpanId);
        var request = await spans.FindAsync("POST", span => span.SpanId == answered.ParentSpanId);
        Assert.Equal(sent.SpanId, request.ParentSpanId);
    }

    [Fact]
    public async Task A_job_that_fails_says_so_in_its_span()
    {
        var spans = new Spans();
        await using var host = await TestHost.StartAsync(builder => builder.Services.AddJobs().AddGraftTracing(spans.Export), app => app.MapJobs());
        var jobs = host.App.Services.GetRequiredService<JobTable>();

        jobs.Start(new JobRequest("failing", "fail", (_, _) => throw FaultException.Invalid("It does not fit.", "x")));

        var span = await spans.FindAsync("execute fail");
        Assert.Equal((ActivityStatusCode.Error, "It does not fit."), (span.Status, span.StatusDescription));
        Assert.Equal("failing", span.GetTagItem("graft.job.id"));
        Assert.Equal("failed", span.GetTagItem("graft.job.state"));
    }

    [Fact]
    public async Task Without_an_endpoint_nothing_is_recorded()
    {
        await using var host = await TestHost.StartAsync(_ => { }, _ => { });

        Assert.Null(host.App.Services.GetService<TracerProvider>());
    }

    [Fact]
    public void A_trace_of_its_own_has_no_parent_and_leaves_the_current_span_as_it_is()
    {
        using var provider = Sdk.CreateTracerProviderBuilder().AddSource(GraftTracing.Name).Build();
        using var around = GraftTracing.Source.StartActivity("around")!;

        using var own = GraftTracing.StartTrace("own", new ActivityLink(around.Context))!;

        Assert.Same(around, Activity.Current);
        Assert.Null(own.Parent);
        Assert.NotEqual(around.TraceId, own.TraceId);
        Assert.Equal(around.Context, own.Links.Single().Context);
    }

    /// <summary>Ended spans of this process, other tests' too.</summary>
    private sealed class Spans : BaseExporter<Activity>
    {
        private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(20);
        private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

        private readonly List<Activity> _ended = [];

        public void Export(TracerProviderBuilder tracing) => tracing.AddProcessor(new SimpleActivityExportProcessor(this));

        public override ExportResult Export(in Batch<Activity> batch)
        {
            lock (_ended)
            {
                foreach (var span in batch)
                {
                    _ended.Add(span);
                }
            }

            return ExportResult.Success;
        }

        public async Task<Activity> FindAsync(string name, Func<Activity, bool>? isMeant = null)
        {
            var began = TimeProvider.System.GetTimestamp();
            while (true)
            {
                lock (_ended)
                {
                    if (_ended.Find(span => span.DisplayName == name && (isMeant?.Invoke(span) ?? true)) is { } found)
                    {
                        return found;
                    }
                }

                Assert.True(TimeProvider.System.GetElapsedTime(began) < _limit, $"No span {name} ended.");
                await Task.Delay(_look, Token);
            }
        }
    }
}
