using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Faults;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.Client;

/// <summary>Two workers of one kind, of which one is full, away, restarted, or has the job.</summary>
public sealed class SeveralWorkersTests : IAsyncDisposable
{
    private static readonly ExtractRecipe _extract = new(Digest.Of([1]), Digest.Of([2]));
    private static readonly string _id = RecipeCodec.DigestOf(_extract).ToString();

    private readonly Script _first = new() { Start = () => Job(V1.JobState.Running) };
    private readonly Script _second = new() { Start = () => Job(V1.JobState.Running) };
    private readonly List<TestHost> _hosts = [];
    private GraftClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_full_worker_is_passed_over_and_the_job_is_followed_where_it_runs()
    {
        var workers = await StartAsync();
        _first.Start = () => throw Full(1.5);
        _second.WatchJob = stream => SendAsync(stream, Job(V1.JobState.Succeeded));

        await workers.StartAsync(_extract, Token);
        var seen = await workers.WatchAsync(_extract, Token).ToListAsync(Token);

        Assert.Equal(JobState.Succeeded, Assert.Single(seen).State);
        Assert.Equal(["extract"], Calls(_first));
        Assert.Equal(["extract", $"watch {_id}"], Calls(_second));
    }

    [Fact]
    public async Task When_all_are_full_the_shortest_wait_is_told()
    {
        var workers = await StartAsync();
        _first.Start = () => throw Full(3);
        _second.Start = () => throw Full(0.5);

        var fault = await Assert.ThrowsAsync<FaultException>(() => workers.StartAsync(_extract, Token));

        Assert.Equal((FaultKind.Exhausted, TimeSpan.FromSeconds(0.5)), (fault.Kind, fault.RetryAfter));
    }

    [Fact]
    public async Task Jobs_go_to_the_worker_that_has_the_fewest()
    {
        var workers = await StartAsync();

        await workers.StartAsync(_extract, Token);
        await workers.StartAsync(new ExtractRecipe(Digest.Of([3]), Digest.Of([2])), Token);

        Assert.Equal((1, 1), (Calls(_first).Count, Calls(_second).Count));
    }

    [Fact]
    public async Task A_job_somebody_else_put_there_is_found()
    {
        var workers = await StartAsync();
        _second.GetJob = () => Job(V1.JobState.Running);
        _second.WatchJob = stream => SendAsync(stream, Job(V1.JobState.Succeeded));

        await workers.StartAsync(_extract, Token);
        await workers.WatchAsync(_extract, Token).ToListAsync(Token);

        Assert.Empty(Calls(_first));
        Assert.Equal(["extract", $"watch {_id}"], Calls(_second));
    }

    [Fact]
    public async Task A_worker_that_does_not_answer_is_passed_over_and_then_asked_last()
    {
        var workers = await StartAsync();
        await _hosts[0].App.StopAsync(Token);

        await workers.StartAsync(_extract, Token);
        await workers.StartAsync(new ExtractRecipe(Digest.Of([3]), Digest.Of([2])), Token);

        Assert.Equal(["extract", "extract"], Calls(_second));
    }

    [Fact]
    public async Task A_worker_that_forgot_the_job_has_lost_it_to_another()
    {
        var workers = await StartAsync();
        _first.WatchJob = _ => throw new RpcException(new Status(StatusCode.NotFound, "No such job."));
        await workers.StartAsync(_extract, Token);

        var fault = await Assert.ThrowsAsync<FaultException>(async () => await workers.WatchAsync(_extract, Token).ToListAsync(Token));
        _first.Start = () => throw Full(1);
        await workers.StartAsync(_extract, Token);

        Assert.Equal(FaultKind.Unavailable, fault.Kind);
        Assert.Equal(["extract"], Calls(_second));
    }

    [Fact]
    public async Task Cancelling_tells_every_worker_that_may_have_the_job()
    {
        var workers = await StartAsync();
        await workers.StartAsync(_extract, Token);

        await workers.CancelAsync(_extract, Token);

        Assert.Contains($"cancel {_id}", Calls(_first));
        Assert.Contains($"cancel {_id}", Calls(_second));
    }

    [Fact]
    public async Task Nobody_there_is_told_as_such()
    {
        var workers = await StartAsync();
        Assert.Null(await workers.FindAbsenceAsync(_extract, Token));
        await _hosts[0].App.StopAsync(Token);
        Assert.Null(await workers.FindAbsenceAsync(_extract, Token));
        await _hosts[1].App.StopAsync(Token);

        Assert.Equal(FaultKind.Unavailable, (await workers.FindAbsenceAsync(_extract, Token))!.Kind);
        Assert.Equal(FaultKind.Unavailable, (await Assert.ThrowsAsync<FaultException>(() => workers.StartAsync(_extract, Token))).Kind);
    }

    private async Task<WorkerClient> StartAsync()
    {
        var options = new ClientOptions { WorkerPatience = TimeSpan.FromMilliseconds(300) };
        foreach (var script in new[] { _first, _second })
        {
            var host = await WorkerClientTests.StartAsync(script);
            _hosts.Add(host);
            options.Mergers.Add(host.Address);
        }

        _client = new GraftClient(options, TimeProvider.System);
        return _client.Workers;
    }

    private static List<string> Calls(Script script) => [.. script.Calls];

    private static FaultException Full(double seconds) => new(FaultKind.Exhausted, "Full.") { RetryAfter = TimeSpan.FromSeconds(seconds) };

    private static V1.Job Job(V1.JobState state) => new() { Id = _id, Kind = "extract", State = state };

    private static async Task SendAsync(IServerStreamWriter<V1.WatchJobResponse> stream, params V1.Job[] jobs)
    {
        foreach (var job in jobs)
        {
            await stream.WriteAsync(new V1.WatchJobResponse { Job = job });
        }
    }
}
