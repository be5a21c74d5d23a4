using Graft.Faults;
using Graft.VectorStore.Objects;
using Microsoft.Extensions.Options;

namespace Graft.VectorStore.Collecting;

/// <summary>
/// Deletes what nothing leads to (README.md says what keeps what, and why this is safe beside writers). One collection runs at
/// a time; one that is killed leaves a store that is whole, and the next one goes on.
/// </summary>
internal sealed partial class GarbageCollector(
    StoreParts parts, CollectionStates states, TimeProvider time, IOptions<VectorStoreOptions> options, ILogger<GarbageCollector> logger)
{
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromHours(24);

    /// <param name="plan">What to do.</param>
    /// <param name="report">Told how far it is, from time to time.</param>
    /// <param name="cancellationToken">Ends it after the deletions that are on their way.</param>
    /// <returns>What was deleted, or would be, by kind.</returns>
    /// <exception cref="FaultException">
    /// Invalid: a grace period that writers cannot rely on. Precondition: another collection runs. Corrupt: something that stays cannot be
    /// read; nothing was deleted after that was found.
    /// </exception>
    public async Task<IReadOnlyList<CollectedObjects>> CollectAsync(
        CollectionPlan plan, Func<CollectionProgress, Task> report, CancellationToken cancellationToken)
    {
        Check(plan);
        var now = time.GetUtcNow();
        var cutoff = now - plan.Grace;
        var marking = new Marking(parts, cutoff, plan.ForgetResults is { } age ? Earlier(cutoff, now - age) : null);
        if (plan.IsDryRun)
        {
            return Count(await MarkAsync(marking, cutoff, report, cancellationToken));
        }

        var claim = await ClaimAsync(now, cancellationToken);
        var sweep = new Sweep(parts, states, marking, cutoff, claim, time);
        try
        {
            var garbage = await MarkAsync(marking, cutoff, report, cancellationToken);
            var counter = new ObjectCounter(CollectionProgress.Deleting, report);
            foreach (var group in garbage.SelectMany(groups => groups))
            {
                await sweep.DeleteAsync(group, counter.AddAsync, cancellationToken);
            }
        }
        finally
        {
            LogCollected(string.Join(", ", sweep.Collected.Select(each => $"{each.Objects} {each.Kind} ({each.Bytes} bytes)")));
            await sweep.EndAsync();
        }

        return sweep.Collected;
    }

    private void Check(CollectionPlan plan)
    {
        var least = options.Value.LeastGrace;
        if (plan.Grace < least)
        {
            throw FaultException.Invalid(
                $"A grace period of {plan.Grace:c} is too short: uploads rely for up to {least:c} on what they found in the store (setting VectorStore:LeastGrace).", "grace");
        }

        if (plan.ForgetResults < TimeSpan.Zero)
        {
            throw FaultException.Invalid("Results cannot be older than a negative time.", "forget_results");
        }
    }

    private async Task<CollectionState> ClaimAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var current = await states.ReadAsync(cancellationToken);
        if (current.Owner.Length > 0 && current.Until > now)
        {
            throw FaultException.Precondition(
                $"Another garbage collection is running, or was killed; the next one can begin at {current.Until:yyyy-MM-dd HH:mm:ss}Z at the latest.");
        }

        var claim = new CollectionState(current.Generation + 1, Guid.NewGuid().ToString("n"), now + Sweep.Claim, []);
        await states.MoveAsync(current, claim, cancellationToken);
        return claim;
    }

    private async Task<List<IReadOnlyList<IReadOnlyList<ObjectInfo>>>> MarkAsync(
        Marking marking, DateTimeOffset cutoff, Func<CollectionProgress, Task> report, CancellationToken cancellationToken)
    {
        var counter = new ObjectCounter(CollectionProgress.Marking, report);
        await marking.CatchUpAsync(counter.AddAsync, cancellationToken);
        List<IReadOnlyList<IReadOnlyList<ObjectInfo>>> garbage = [];
        foreach (var kind in Garbage.Kinds)
        {
            garbage.Add(await Garbage.FindAsync(kind, marking, cutoff, parts, counter.AddAsync, cancellationToken));
        }

        return garbage;
    }

    private static List<CollectedObjects> Count(List<IReadOnlyList<IReadOnlyList<ObjectInfo>>> garbage) =>
    [
        .. from pair in Garbage.Kinds.Zip(garbage)
           let objects = pair.Second.SelectMany(each => each).ToArray()
           where objects.Length > 0
           select new CollectedObjects(pair.First, objects.Length, objects.Sum(info => info.Size)),
    ];

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    [LoggerMessage(220, LogLevel.Information, "Garbage collected: {Collected}.")]
    private partial void LogCollected(string collected);

    private sealed class ObjectCounter(string stage, Func<CollectionProgress, Task> report)
    {
        private long _count;

        public Task AddAsync(int objects)
        {
            _count += objects;
            return report(new CollectionProgress(stage, _count));
        }
    }
}
