using System.Collections.Concurrent;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Collecting;

/// <summary>
/// Deletes garbage in batches: announces each in gc/state, marks once more what has become reachable, looks at each object's time a
/// last time, and deletes. From the announcement on, writers refuse to rely on what is in it (<see cref="Holds"/>).
/// </summary>
internal sealed class Sweep(StoreParts parts, CollectionStates states, Marking marking, DateTimeOffset cutoff, CollectionState claim, TimeProvider time)
{
    /// <summary>Small enough that a writer who meets one has only to wait for seconds.</summary>
    private const int BatchSize = 2000;

    /// <summary>A batch that was announced is believed for this long: then its collection must be dead.</summary>
    public static readonly TimeSpan Claim = TimeSpan.FromMinutes(15);

    // Nothing is deleted later than this after the announcement; the rest of the claim is for clocks that differ and requests on their way.
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, CollectedObjects> _collected = new();
    private CollectionState _state = claim;
    private volatile bool _hasFailed;

    /// <summary>What has been deleted so far.</summary>
    public IReadOnlyList<CollectedObjects> Collected => [.. Garbage.Kinds.Select(kind => _collected.GetValueOrDefault(kind)).OfType<CollectedObjects>()];

    public async Task DeleteAsync(IReadOnlyList<ObjectInfo> objects, Func<int, Task> seen, CancellationToken cancellationToken)
    {
        foreach (var batch in objects.Chunk(BatchSize))
        {
            var announced = time.GetTimestamp();
            await MoveAsync(_state.Generation + 1, _state.Owner, [.. batch.Select(info => info.Key)], cancellationToken);
            try
            {
                await marking.CatchUpAsync(_ => Task.CompletedTask, cancellationToken);
                await Batch.ForEachAsync(batch.Length, (i, token) => DeleteAsync(batch[i], announced, token), cancellationToken);
            }
            finally
            {
                await EndBatchAsync();
            }

            await seen(batch.Length);
        }
    }

    /// <summary>Lets the next collection begin, unless a deletion failed: that one may still be on its way, and the claim must run out.</summary>
    public Task EndAsync() => _hasFailed ? Task.CompletedTask : MoveAsync(_state.Generation, "", [], CancellationToken.None);

    private async Task EndBatchAsync()
    {
        if (!_hasFailed)
        {
            await parts.Objects.FlushAsync(CancellationToken.None);
            await MoveAsync(_state.Generation, _state.Owner, [], CancellationToken.None);
        }
    }

    private async Task MoveAsync(long generation, string owner, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var next = new CollectionState(generation, owner, time.GetUtcNow() + Claim, keys);
        await states.MoveAsync(_state, next, cancellationToken);
        _state = next;
    }

    private async Task DeleteAsync(ObjectInfo garbage, long announced, CancellationToken cancellationToken)
    {
        var info = await parts.Objects.FindInfoAsync(garbage.Key, cancellationToken);
        if (info is null || info.Modified > cutoff || !marking.IsGarbage(garbage.Key))
        {
            return;
        }

        if (time.GetElapsedTime(announced) > _limit)
        {
            throw new FaultException(FaultKind.Unavailable, "The object store is so slow that deleting would not be safe; what is left goes with the next collection.");
        }

        try
        {
            // Not under the caller's token: a deletion that was sent is waited for.
            await parts.Objects.DeleteAsync(garbage.Key, CancellationToken.None);
        }
        catch
        {
            _hasFailed = true;
            throw;
        }

        Forget(garbage.Key);
        var kind = ObjectKey.Split(garbage.Key).Kind;
        _collected.AddOrUpdate(
            kind,
            _ => new CollectedObjects(kind, 1, info.Size),
            (_, so) => so with { Objects = so.Objects + 1, Bytes = so.Bytes + info.Size });
    }

    private void Forget(string key)
    {
        var (kind, name) = ObjectKey.Split(key);
        if (!Digest.TryParse(name, out var digest))
        {
            return;
        }

        switch (kind)
        {
            case "artifacts":
                parts.Manifests.Forget(digest);
                break;
            case "contents":
                parts.Contents.Forget(digest);
                break;
            case "results":
                parts.Results.Forget(digest);
                break;
        }
    }
}
