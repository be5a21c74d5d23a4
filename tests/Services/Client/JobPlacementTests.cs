using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Client.Calls;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Client;

/// <summary>Two pods of a worker behind one name.</summary>
public sealed class JobPlacementTests
{
    private const int Slots = 4;

    [Fact]
    public async Task Every_job_runs_once_on_the_pod_that_is_asked_about_it_and_pods_share_the_work()
    {
        var log = new JobLog();
        await using var first = await StartPodAsync(log, "first");
        await using var second = await StartPodAsync(log, "second");
        using var client = Client(first, second);
        var recipes = Recipes(2 * Slots);

        await Task.WhenAll(recipes.Select(recipe => client.Workers.StartAsync(recipe, default)));
        var full = await Assert.ThrowsAsync<FaultException>(() => client.Workers.StartAsync(Recipes(2 * Slots + 1)[^1], default));
        var watches = recipes.Select(recipe => client.Workers.WatchAsync(recipe, default).LastAsync().AsTask()).ToArray();
        log.Gate.SetResult();

        Assert.Equal(FaultKind.Exhausted, full.Kind);
        Assert.All(await Task.WhenAll(watches), last => Assert.Equal(JobState.Succeeded, last.State));
        Assert.Equal(recipes.Select(Id).Order(), log.Started.Select(start => start.Job).Order());
        Assert.Equal(new() { ["first"] = Slots, ["second"] = Slots }, log.Started.CountBy(start => start.Pod).ToDictionary());
    }

    [Fact]
    public async Task Another_client_joins_the_jobs_that_run_wherever_they_run()
    {
        var log = new JobLog();
        await using var first = await StartPodAsync(log, "first");
        await using var second = await StartPodAsync(log, "second");
        var recipes = Recipes(Slots);
        using (var client = Client(first, second))
        {
            await Task.WhenAll(recipes.Select(recipe => client.Workers.StartAsync(recipe, default)));
        }

        using var other = Client(first, second);
        var joined = await Task.WhenAll(recipes.Select(recipe => other.Workers.StartAsync(recipe, default)));
        await other.Workers.CancelAsync(recipes[0], default);
        var cancelled = await other.Workers.WatchAsync(recipes[0], default).LastAsync();

        Assert.All(joined, job => Assert.Equal(JobState.Running, job.State));
        Assert.Equal(JobState.Cancelled, cancelled.State);
        Assert.Equal(recipes.Select(Id).Order(), log.Started.Select(start => start.Job).Order());
        log.Gate.SetResult();
    }

    [Fact]
    public async Task A_job_whose_pod_is_gone_is_started_again_on_another()
    {
        var log = new JobLog();
        var first = await StartPodAsync(log, "first");
        await using var second = await StartPodAsync(log, "second");
        using var client = Client(first, second);
        var recipes = Recipes(2);
        await Task.WhenAll(recipes.Select(recipe => client.Workers.StartAsync(recipe, default)));
        var lost = log.Started.Single(start => start.Pod == "first").Job;
        var watch = client.Workers.WatchAsync(recipes.Single(recipe => Id(recipe) == lost), default).LastAsync().AsTask();

        await first.DisposeAsync();
        while (!log.Started.Contains(("second", lost)))
        {
            await Task.Delay(10);
        }

        log.Gate.SetResult();

        Assert.Equal(JobState.Succeeded, (await watch).State);
        Assert.Equal(3, log.Started.Count);
    }

    private static Task<TestHost> StartPodAsync(JobLog log, string name) => TestHost.StartAsync(
        builder =>
        {
            builder.Services.AddSingleton(log);
            builder.Services.AddSingleton(new PodName(name));
            builder.Services.AddJobs();
        },
        app =>
        {
            app.MapGrpcService<ScriptedMerger>();
            app.MapJobs();
        },
        new Dictionary<string, string?> { ["Jobs:MaxConcurrentJobs"] = $"{Slots}" });

    private static GraftClient Client(params TestHost[] pods)
    {
        BalancerAddress[] addresses = [.. pods.Select(pod => new BalancerAddress(pod.Address.Host, pod.Address.Port))];
        return new GraftClient(
            new ClientOptions { Server = new Uri("static:///worker") },
            TimeProvider.System,
            null,
            new Channels(new StaticResolverFactory(_ => addresses)));
    }

    private static Recipe[] Recipes(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new ExtractRecipe(Digest.Of([(byte)number]), Digest.Of([(byte)number, 1])))];

    private static string Id(Recipe recipe) => RecipeCodec.DigestOf(recipe).ToString();

    private sealed class JobLog
    {
        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<(string Pod, string Job)> Started { get; } = new();
    }

    private sealed record PodName(string Name);

    private sealed class ScriptedMerger(JobLog log, PodName pod, JobTable jobs) : V1.MergerService.MergerServiceBase
    {
        public override Task<V1.ExtractResponse> Extract(V1.ExtractRequest request, ServerCallContext context)
        {
            var id = Id(RecipeCodec.FromProto(new V1.Recipe { Extract = request.Recipe }));
            var job = jobs.Start(new JobRequest(id, "extract", (_, token) =>
            {
                log.Started.Enqueue((pod.Name, id));
                return log.Gate.Task.WaitAsync(token);
            }));
            return Task.FromResult(new V1.ExtractResponse { Job = job });
        }
    }
}
