using Graft.Hosting.Jobs;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Hosting;

public sealed class JobServiceTests
{
    private static readonly Dictionary<string, string?> _settings = new() { ["Jobs:WatchInterval"] = "00:00:00" };

    [Fact]
    public async Task A_job_is_watched_to_its_end_over_the_wire()
    {
        await using var host = await StartAsync();
        var go = new TaskCompletionSource();
        Jobs(host).Start(new JobRequest("a", "train", async (job, _) =>
        {
            await go.Task;
            job.Report(5, 5, "steps", TimeSpan.Zero, ("loss", 0.25));
            job.Output("result", "digest");
        }));
        using var watch = Service(host).WatchJob(new V1.WatchJobRequest { Id = "a" });

        Assert.True(await watch.ResponseStream.MoveNext(default));
        var first = watch.ResponseStream.Current.Job;
        go.SetResult();
        var last = (await watch.ResponseStream.ReadAllAsync().LastAsync()).Job;

        Assert.Equal(V1.JobState.Running, first.State);
        Assert.Equal((V1.JobState.Succeeded, 5, 0.25), (last.State, last.Progress.Completed, last.Progress.Metrics[0].Value));
        Assert.Equal("digest", Assert.Single(last.Outputs).Artifact);
        Assert.Equal(last, (await Service(host).GetJobAsync(new V1.GetJobRequest { Id = "a" })).Job);
    }

    [Fact]
    public async Task A_job_goes_on_when_its_watcher_leaves_and_stops_when_asked()
    {
        await using var host = await StartAsync();
        Jobs(host).Start(new JobRequest("a", "train", (_, token) => Task.Delay(Timeout.Infinite, token)));
        using (var watch = Service(host).WatchJob(new V1.WatchJobRequest { Id = "a" }))
        {
            await watch.ResponseStream.MoveNext(default);
        }

        var listed = Assert.Single((await Service(host).ListJobsAsync(new V1.ListJobsRequest())).Jobs);
        await Service(host).CancelJobAsync(new V1.CancelJobRequest { Id = "a" });
        using var again = Service(host).WatchJob(new V1.WatchJobRequest { Id = "a" });
        var last = await again.ResponseStream.ReadAllAsync().LastAsync();

        Assert.Equal(V1.JobState.Running, listed.State);
        Assert.Equal(V1.JobState.Cancelled, last.Job.State);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found_and_a_missing_id_invalid()
    {
        await using var host = await StartAsync();

        async Task<StatusCode> StatusOf(string id) => (await Assert.ThrowsAsync<RpcException>(
            async () => await Service(host).GetJobAsync(new V1.GetJobRequest { Id = id }))).StatusCode;

        Assert.Equal(StatusCode.NotFound, await StatusOf("a"));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(""));
    }

    [Fact]
    public async Task A_stopping_host_cancels_its_jobs_and_sends_their_watchers_elsewhere()
    {
        await using var host = await StartAsync();
        var cleaned = false;
        Jobs(host).Start(new JobRequest("a", "train", async (_, token) =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                await Task.Yield();
                cleaned = true;
            }
        }));
        using var watch = Service(host).WatchJob(new V1.WatchJobRequest { Id = "a" });
        await watch.ResponseStream.MoveNext(default);
        var next = watch.ResponseStream.MoveNext(default);

        await host.App.StopAsync();

        Assert.True(cleaned);
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => next)).StatusCode);
    }

    private static Task<TestHost> StartAsync() => TestHost.StartAsync(builder => builder.Services.AddJobs(), app => app.MapJobs(), _settings);

    private static JobTable Jobs(TestHost host) => host.App.Services.GetRequiredService<JobTable>();

    private static V1.JobService.JobServiceClient Service(TestHost host) => new(host.Channel);
}
