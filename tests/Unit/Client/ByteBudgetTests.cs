using CsCheck;
using Graft.Client.Contents;
using Xunit;

namespace Graft.Tests.Unit.Client;

public sealed class ByteBudgetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_first_is_served_first()
    {
        var budget = new ByteBudget(100);
        var first = await budget.TakeAsync(60, Token);
        var big = budget.TakeAsync(70, Token);
        var small = budget.TakeAsync(10, Token);
        Assert.False(big.IsCompleted);
        Assert.False(small.IsCompleted);

        first.Dispose();
        first.Dispose();

        using var one = await big;
        using var two = await small;
        Assert.Equal(80, budget.Used);
    }

    [Fact]
    public async Task Who_needs_more_than_there_is_takes_all()
    {
        var budget = new ByteBudget(100);

        using (await budget.TakeAsync(1000, Token))
        {
            Assert.Equal(100, budget.Used);
        }

        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public async Task Who_gives_up_stands_in_nobodys_way()
    {
        var budget = new ByteBudget(100);
        using var first = await budget.TakeAsync(60, Token);
        using var cancellation = new CancellationTokenSource();
        var big = budget.TakeAsync(70, cancellation.Token);
        var small = budget.TakeAsync(10, Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => big);
        using var taken = await small;
        Assert.Equal(70, budget.Used);
    }

    [Fact]
    public async Task The_limit_is_never_exceeded()
    {
        await Gen.Long[0, 150].List[0, 60].SampleAsync(
            async sizes =>
            {
                var budget = new ByteBudget(100);
                var used = 0L;
                await Parallel.ForEachAsync(sizes, Token, async (size, token) =>
                {
                    using var taken = await budget.TakeAsync(size, token);
                    Assert.InRange(Interlocked.Add(ref used, Math.Min(size, 100)), 0, 100);
                    await Task.Yield();
                    Interlocked.Add(ref used, -Math.Min(size, 100));
                });
                Assert.Equal(0, budget.Used);
            },
            iter: 50);
    }
}
