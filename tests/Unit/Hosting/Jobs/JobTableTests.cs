using System.Diagnostics.Metrics;
using Graft.Faults;
using Graft.Hosting.Jobs;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Jobs;

public sealed class JobTableTests
{
    private static readonly DateTimeOffset _start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(_start);
    private readonly JobOptions _options = new() { MaxConcurrentJobs = 2, WatchInterval = TimeSpan.Zero };
    private readonly JobTable _jobs;

    public JobTableTests() => _jobs = new JobTable(
        Options.Create(_options),
        new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>(),
        _time,
        NullLogger<JobTable>.Instance);

    [Fact]
    public async Task A_job_runs_and_tells_its_progress_outputs_and_times()
    {
        var job = new Gated("a");
        var begun = _jobs.Start(job.Request);
        await job.Running;
        job.Context.Report(3, 10, "steps", TimeSpan.FromSeconds(7), ("loss", 1.5), ("tokens_per_second", 200));
        job.Context.Output("step-3", "old");
        job.Context.Output("step-3", "new");
        var midway = _jobs.Get("a");
        _time.Advance(TimeSpan.FromSeconds(2));
        job.Finish.SetResult();
        var end = await EndOfAsync("a");

        Assert.Equal((V1.JobState.Running, "train"), (begun.State, begun.Kind));
        Assert.Equal((3, 10, "steps"), (midway.Progress.Completed, midway.Progress.Total, midway.Progress.Unit));
        Assert.Equal(TimeSpan.FromSeconds(7), midway.Progress.Remaining.ToTimeSpan());
        Assert.Equal([("loss", 1.5), ("tokens_per_second", 200)], midway.Progress.Metrics.Select(metric => (metric.Name, metric.Value)));
        Assert.Equal(V1.JobState.Succeeded, end.State);
        Assert.Equal([("step-3", "new")], end.Outputs.Select(output => (output.Name, output.Artifact)));
        Assert.Equal((_start, _start.AddSeconds(2)), (end.Started.ToDateTimeOffset(), end.Ended.ToDateTimeOffset()));
    }

    [Fact]
    public async Task Starting_again_attaches_while_running_and_after_success()
    {
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;

        var again = _jobs.Start(job.Request);
        job.Finish.SetResult();
        await EndOfAsync("a");
        var done = _jobs.Start(job.Request);

        Assert.Equal(V1.JobState.Running, again.State);
        Assert.Equal(V1.JobState.Succeeded, done.State);
        Assert.Equal(1, job.Runs);
    }

    [Fact]
    public async Task A_failed_job_tells_its_fault_and_starts_again()
    {
        var runs = 0;
        var request = new JobRequest("a", "merge", (_, _) => ++runs == 1
            ? throw FaultException.Corrupt("The object x is damaged.")
            : Task.CompletedTask);

        _jobs.Start(request);
        var failed = await EndOfAsync("a");
        _jobs.Start(request);
        var second = await EndOfAsync("a");

        Assert.Equal((V1.JobState.Failed, "Corrupt", "The object x is damaged."), (failed.State, failed.Error.Kind, failed.Error.Message));
        Assert.Equal(V1.JobState.Succeeded, second.State);
    }

    [Fact]
    public async Task A_bug_is_told_without_its_text()
    {
        _jobs.Start(new JobRequest("a", "merge", (_, _) => throw new InvalidOperationException("secret path")));

        var failed = await EndOfAsync("a");

        Assert.Equal((V1.JobState.Failed, "Internal"), (failed.State, failed.Error.Kind));
        Assert.DoesNotContain("secret", failed.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_of_a_call_becomes_the_kind_of_that_status()
    {
        _jobs.Start(new JobRequest("a", "merge", (_, _) => throw new RpcException(new Status(StatusCode.DataLoss, "blob b"))));

        var failed = await EndOfAsync("a");

        Assert.Equal(("Corrupt", "blob b"), (failed.Error.Kind, failed.Error.Message));
    }

    [Fact]
    public async Task A_cancelled_job_ends_as_cancelled_and_starts_again()
    {
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;

        _jobs.Cancel("a");
        var cancelled = await EndOfAsync("a");
        _jobs.Cancel("a");
        var again = _jobs.Start(new Gated("a").Request);

        Assert.Equal((V1.JobState.Cancelled, null), (cancelled.State, cancelled.Error));
        Assert.Equal(V1.JobState.Running, again.State);
    }

    [Fact]
    public async Task A_call_that_broke_because_of_the_cancellation_is_no_failure()
    {
        var running = new TaskCompletionSource();
        _jobs.Start(new JobRequest("a", "merge", async (_, cancellationToken) =>
        {
            running.SetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(_ => { }, TaskScheduler.Default);
            throw new FaultException(FaultKind.Unavailable, "The vector store does not answer.");
        }));
        await running.Task;

        _jobs.Cancel("a");

        Assert.Equal(V1.JobState.Cancelled, (await EndOfAsync("a")).State);
    }

    [Fact]
    public async Task A_cancellation_nobody_asked_for_is_a_failure()
    {
        _jobs.Start(new JobRequest("a", "merge", (_, _) => throw new OperationCanceledException()));

        Assert.Equal(V1.JobState.Failed, (await EndOfAsync("a")).State);
    }

    [Fact]
    public async Task Beyond_the_slots_a_job_is_refused_until_one_is_free()
    {
        var first = new Gated("a");
        _jobs.Start(first.Request);
        _jobs.Start(new Gated("b").Request);

        var refused = Assert.Throws<FaultException>(() => _jobs.Start(new Gated("c").Request));
        var attached = _jobs.Start(first.Request);
        first.Finish.SetResult();
        await EndOfAsync("a");
        var third = _jobs.Start(new Gated("c").Request);

        Assert.Equal((FaultKind.Exhausted, TimeSpan.FromSeconds(1)), (refused.Kind, refused.RetryAfter));
        Assert.Equal(V1.JobState.Running, attached.State);
        Assert.Equal(V1.JobState.Running, third.State);
    }

    [Fact]
    public async Task A_watcher_sees_the_state_now_each_change_and_the_end()
    {
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;
        await using var watch = _jobs.WatchAsync("a", default).GetAsyncEnumerator();
        List<(V1.JobState, long?)> seen = [];
        async Task SeeAsync()
        {
            Assert.True(await watch.MoveNextAsync());
            seen.Add((watch.Current.State, watch.Current.Progress?.Completed));
        }

        await SeeAsync();
        job.Context.Report(1, 2, "items");
        await SeeAsync();
        job.Context.Report(2, 2, "items");
        await SeeAsync();
        job.Finish.SetResult();
        await SeeAsync();

        Assert.Equal([(V1.JobState.Running, null), (V1.JobState.Running, 1), (V1.JobState.Running, 2), (V1.JobState.Succeeded, 2)], seen);
        Assert.False(await watch.MoveNextAsync());
    }

    [Fact]
    public async Task A_slow_watcher_skips_to_the_latest_state()
    {
        _options.WatchInterval = TimeSpan.FromMinutes(1);
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;
        await using var watch = _jobs.WatchAsync("a", default).GetAsyncEnumerator();

        await watch.MoveNextAsync();
        for (var i = 1; i <= 1000; i++)
        {
            job.Context.Report(i, 1000, "items");
        }

        var next = watch.MoveNextAsync();
        Assert.False(next.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));
        await next;
        Assert.Equal(1000, watch.Current.Progress.Completed);

        job.Finish.SetResult();
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(V1.JobState.Succeeded, watch.Current.State);
    }

    [Fact]
    public async Task A_watcher_who_leaves_changes_nothing()
    {
        using var leaving = new CancellationTokenSource();
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;
        await using var watch = _jobs.WatchAsync("a", leaving.Token).GetAsyncEnumerator();
        await watch.MoveNextAsync();
        var next = watch.MoveNextAsync().AsTask();

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(V1.JobState.Running, _jobs.Get("a").State);
    }

    [Fact]
    public async Task An_unknown_job_is_not_found()
    {
        Assert.Equal(FaultKind.NotFound, Assert.Throws<FaultException>(() => _jobs.Get("a")).Kind);
        Assert.Equal(FaultKind.NotFound, Assert.Throws<FaultException>(() => _jobs.Cancel("a")).Kind);
        await using var watch = _jobs.WatchAsync("a", default).GetAsyncEnumerator();
        Assert.Equal(FaultKind.NotFound, (await Assert.ThrowsAsync<FaultException>(async () => await watch.MoveNextAsync())).Kind);
    }

    [Fact]
    public async Task Jobs_are_listed_newest_first_in_pages()
    {
        foreach (var id in new[] { "a", "b", "c", "d", "e" })
        {
            _jobs.Start(new JobRequest(id, "merge", (_, _) => Task.CompletedTask));
            await EndOfAsync(id);
        }

        var (first, token) = _jobs.List(2, "");
        var (second, nextToken) = _jobs.List(2, token);
        var (third, lastToken) = _jobs.List(2, nextToken);

        Assert.Equal(["e", "d"], first.Select(job => job.Id));
        Assert.Equal(["c", "b"], second.Select(job => job.Id));
        Assert.Equal(["a"], third.Select(job => job.Id));
        Assert.Equal("", lastToken);
        Assert.Equal("page_size", Assert.Throws<FaultException>(() => _jobs.List(-1, "")).Field);
        Assert.Equal("page_token", Assert.Throws<FaultException>(() => _jobs.List(0, "x")).Field);
    }

    [Fact]
    public async Task Only_the_last_ended_jobs_are_remembered()
    {
        _options.KeepEnded = 3;
        var running = new Gated("running");
        _jobs.Start(running.Request);
        foreach (var id in new[] { "a", "b", "c", "d", "b" })
        {
            _jobs.Start(new JobRequest(id, "merge", (_, _) => throw FaultException.Corrupt("x")));
            await EndOfAsync(id);
        }

        Assert.Equal(["b", "d", "c", "running"], _jobs.List(0, "").Jobs.Select(job => job.Id));
    }

    [Fact]
    public async Task Stopping_cancels_the_running_jobs_tells_their_watchers_and_takes_no_more()
    {
        var job = new Gated("a");
        _jobs.Start(job.Request);
        await job.Running;
        await using var watch = _jobs.WatchAsync("a", default).GetAsyncEnumerator();
        await watch.MoveNextAsync();

        _jobs.BeginStop();
        await _jobs.WaitForEndAsync(default);

        Assert.Equal(V1.JobState.Cancelled, _jobs.Get("a").State);
        Assert.Equal(FaultKind.Unavailable, (await Assert.ThrowsAsync<FaultException>(async () => await watch.MoveNextAsync())).Kind);
        Assert.Equal(FaultKind.Unavailable, Assert.Throws<FaultException>(() => _jobs.Start(new Gated("b").Request)).Kind);
    }

    [Fact]
    public async Task Stopping_does_not_wait_longer_than_it_may_for_a_job_that_will_not_stop()
    {
        using var stuck = new ManualResetEventSlim();
        using var timeout = new CancellationTokenSource();
        _jobs.Start(new JobRequest("a", "merge", (_, _) =>
        {
            stuck.Wait(CancellationToken.None);
            return Task.CompletedTask;
        }));
        _jobs.BeginStop();
        var waiting = _jobs.WaitForEndAsync(timeout.Token);
        Assert.False(waiting.IsCompleted);

        await timeout.CancelAsync();

        await waiting;
        stuck.Set();
        await EndOfAsync("a");
    }

    private async Task<V1.Job> EndOfAsync(string id)
    {
        try
        {
            return await _jobs.WatchAsync(id, TestContext.Current.CancellationToken).LastAsync();
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Unavailable)
        {
            return _jobs.Get(id);
        }
    }

    /// <summary>A job that runs until it is let go.</summary>
    private sealed class Gated
    {
        private readonly TaskCompletionSource<JobContext> _running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _runs;

        public Gated(string id) => Request = new JobRequest(id, "train", async (context, cancellationToken) =>
        {
            Interlocked.Increment(ref _runs);
            _running.TrySetResult(context);
            await Finish.Task.WaitAsync(cancellationToken);
        });

        public JobRequest Request { get; }

        public TaskCompletionSource Finish { get; } = new();

        public Task Running => _running.Task;

        public JobContext Context => _running.Task.GetAwaiter().GetResult();

        public int Runs => _runs;
    }
}
