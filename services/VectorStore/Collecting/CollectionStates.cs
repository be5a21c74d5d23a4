using Graft.Faults;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Rpc;

namespace Graft.VectorStore.Collecting;

/// <summary>Reads and changes the object gc/state.</summary>
internal sealed class CollectionStates(IObjectStore objects)
{
    public const string Key = "gc/state";

    public async Task<CollectionState> ReadAsync(CancellationToken cancellationToken) =>
        await objects.GetAsync(Key, cancellationToken) is { } bytes ? StoredCollectionCodec.Decode(bytes, Key) : CollectionState.Initial;

    /// <summary>Moves on from one state to the next.</summary>
    /// <exception cref="FaultException">Conflict: it is another state meanwhile.</exception>
    public async Task MoveAsync(CollectionState from, CollectionState to, CancellationToken cancellationToken)
    {
        var bytes = StoredCollectionCodec.Encode(to);
        if (await objects.GetVersionedAsync(Key, cancellationToken) is not { } current
            ? from.Generation == 0 && await objects.PutIfAbsentAsync(Key, bytes, cancellationToken)
            : IsSame(StoredCollectionCodec.Decode(current.Bytes, Key), from)
                && await objects.ReplaceAsync(Key, bytes, current.Version, cancellationToken))
        {
            return;
        }

        // An answer that was lost on its way and asked for again looks like a lost race.
        if (!IsSame(await ReadAsync(cancellationToken), to))
        {
            throw new FaultException(FaultKind.Conflict, "Another garbage collection has taken over; this one ends here.");
        }
    }

    // Claims of one owner may only differ in their end, and keys come with a new generation.
    private static bool IsSame(CollectionState one, CollectionState other) =>
        one.Generation == other.Generation && one.Owner == other.Owner && one.Keys.Count == other.Keys.Count;
}
