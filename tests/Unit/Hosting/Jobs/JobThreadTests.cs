using System.Diagnostics.CodeAnalysis;
using Graft.Hosting.Jobs;
using Xunit;

namespace Graft.Tests.Unit.Hosting.Jobs;

public sealed class JobThreadTests
{
    private static readonly AsyncLocal<string?> _ambient = new();

    [Fact]
    public async Task What_follows_an_await_comes_back_to_the_one_thread()
    {
        var (own, elsewhere) = (0, 0);
        List<(int Id, string? Name, bool OfPool)> seen = [];

        await JobThread.RunAsync("job", async () =>
        {
            own = Environment.CurrentManagedThreadId;
            await Task.Yield();
            See(seen);
            await Task.Run(() => elsewhere = Environment.CurrentManagedThreadId);
            See(seen);
            await NestedAsync(seen);
            See(seen);
        });

        Assert.NotEqual(own, elsewhere);
        Assert.Equal(6, seen.Count);
        Assert.All(seen, thread => Assert.Equal((own, "job", false), thread));
    }

    private static void See(List<(int Id, string? Name, bool OfPool)> seen) =>
        seen.Add((Environment.CurrentManagedThreadId, Thread.CurrentThread.Name, Thread.CurrentThread.IsThreadPoolThread));

    private static async Task NestedAsync(List<(int Id, string? Name, bool OfPool)> seen)
    {
        await foreach (var _ in StreamAsync())
        {
            See(seen);
        }
    }

    private static async IAsyncEnumerable<int> StreamAsync()
    {
        for (var i = 0; i < 3; i++)
        {
            await Task.Run(() => { });
            yield return i;
        }
    }

    [Fact]
    public async Task Many_awaits_at_once_are_run_one_after_another()
    {
        var inside = 0;
        var most = 0;
        var total = 0;

        await JobThread.RunAsync("job", () => Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                await Task.Run(() => { });
                most = Math.Max(most, Interlocked.Increment(ref inside));
                total++;
                Interlocked.Decrement(ref inside);
            }
        })));

        Assert.Equal(2000, total);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Exceptions_reach_the_caller_from_before_and_after_an_await()
    {
        var before = JobThread.RunAsync("job", () => throw new FormatException("at once"));
        var after = JobThread.RunAsync("job", async () =>
        {
            await Task.Yield();
            throw new FormatException("later");
        });

        Assert.Equal("at once", (await Assert.ThrowsAsync<FormatException>(() => before)).Message);
        Assert.Equal("later", (await Assert.ThrowsAsync<FormatException>(() => after)).Message);
    }

    [Fact]
    public async Task A_cancelled_wait_ends_the_thread_as_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var job = JobThread.RunAsync("job", () => Task.Delay(Timeout.Infinite, cancellation.Token));

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => job);
        Assert.True(job.IsCanceled);
    }

    [Fact]
    public async Task What_is_posted_after_the_end_runs_on_the_pool()
    {
        var late = new TaskCompletionSource<bool>();
        IProgress<int>? progress = null;
        await JobThread.RunAsync("job", () =>
        {
            progress = new Progress<int>(_ => late.SetResult(Thread.CurrentThread.IsThreadPoolThread));
            return Task.CompletedTask;
        });

        progress!.Report(1);

        Assert.True(await late.Task);
    }

    [Fact]
    [SuppressMessage("Usage", "VSTHRD001", Justification = "The call is what is tested; no window is near.")]
    public async Task Sending_is_refused_because_it_would_block()
    {
        SynchronizationContext? context = null;
        await JobThread.RunAsync("job", () =>
        {
            context = SynchronizationContext.Current;
            return Task.CompletedTask;
        });

        Assert.Throws<NotSupportedException>(() => context!.Send(_ => { }, null));
    }

    [Fact]
    public async Task The_callers_ambient_state_stays_behind()
    {
        _ambient.Value = "the request";
        var seen = "unset";

        await JobThread.RunAsync("job", () =>
        {
            seen = _ambient.Value;
            return Task.CompletedTask;
        });

        Assert.Null(seen);
    }
}
