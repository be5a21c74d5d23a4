using Graft.Faults;
using Graft.VectorStore.Objects;
using Microsoft.Extensions.Options;

namespace Graft.VectorStore.Collecting;

/// <summary>
/// What writers do so that garbage collection leaves alone what they found in the store and are about to refer to. S3 deletes without
/// conditions, so a collection announces each batch of keys in gc/state before it looks at their times a last time, and a writer
/// makes what it relies on young, between two looks at gc/state. When both show the same generation, no batch began in between;
/// batches before are over (what then exists stays) or known (what is in them is refused), and every later one will see
/// that the object is young. README.md has the argument in full.
/// </summary>
internal sealed class Holds(IObjectStore objects, CollectionStates states, TimeProvider time, IOptions<VectorStoreOptions> options)
{
    /// <summary>
    /// How long a hold lasts at least. Collections spare what is younger than the least grace period; what is older than half of it
    /// is renewed.
    /// </summary>
    public TimeSpan Term => options.Value.LeastGrace / 2;

    public Task<CollectionState> LookAsync(CancellationToken cancellationToken) => states.ReadAsync(cancellationToken);

    public Condemned CondemnedIn(CollectionState state) => state.CondemnedAt(time.GetUtcNow());

    /// <summary>
    /// Runs work that relies on objects, and again when a batch of deletions began meanwhile. Work refuses what is condemned and
    /// establishes anew that the rest is there and young.
    /// </summary>
    public async Task<T> DuringAsync<T>(Func<Condemned, CancellationToken, Task<T>> work, CancellationToken cancellationToken) =>
        await DuringAsync(await states.ReadAsync(cancellationToken), work, cancellationToken);

    /// <summary>The same with a first look that was taken before.</summary>
    public async Task<T> DuringAsync<T>(
        CollectionState look, Func<Condemned, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await work(CondemnedIn(look), cancellationToken);
            var after = await states.ReadAsync(cancellationToken);
            if (after.Generation == look.Generation)
            {
                return result;
            }

            look = after;
        }
    }

    /// <summary>Makes an object young if it is not, by writing it again. For objects that never change, and small ones.</summary>
    /// <returns>The object and how long it is held at least; null when there is none.</returns>
    /// <exception cref="FaultException">Unavailable: it is being deleted.</exception>
    public async Task<HeldObject?> RenewAsync(string key, Condemned condemned, CancellationToken cancellationToken)
    {
        Refuse(key, condemned);
        while (true)
        {
            var now = time.GetUtcNow();
            if (await objects.GetVersionedAsync(key, cancellationToken) is not { } found
                || await objects.FindInfoAsync(key, cancellationToken) is not { } info)
            {
                return null;
            }

            if (info.Modified + Term > now)
            {
                return new HeldObject(found.Bytes, info.Modified + Term);
            }

            if (await objects.ReplaceAsync(key, found.Bytes, found.Version, cancellationToken))
            {
                return new HeldObject(found.Bytes, now + Term);
            }
        }
    }

    /// <summary>
    /// Puts an object whose key stands for its bytes, or makes the one that is there young. Damaged bytes that lie there (of a disk that
    /// failed, or a power failure before a flush) are replaced, so that writing again heals.
    /// </summary>
    /// <exception cref="FaultException">Unavailable: it is being deleted.</exception>
    public async Task PutOnceAsync(string key, ReadOnlyMemory<byte> bytes, Condemned condemned, CancellationToken cancellationToken)
    {
        Refuse(key, condemned);

        // A lost race is another look: whoever won it wrote the same bytes.
        while (!await objects.PutIfAbsentAsync(key, bytes, cancellationToken))
        {
            if (await objects.GetVersionedAsync(key, cancellationToken) is { } existing
                && ((existing.Bytes.AsSpan().SequenceEqual(bytes.Span) && await IsYoungAsync(key, cancellationToken))
                    || await objects.ReplaceAsync(key, bytes, existing.Version, cancellationToken)))
            {
                return;
            }
        }
    }

    /// <exception cref="FaultException">Unavailable: the object is being deleted.</exception>
    public static void Refuse(string key, Condemned condemned)
    {
        if (condemned.Contains(key))
        {
            throw new FaultException(
                FaultKind.Unavailable, $"The object {key} was of no use to anybody and is being collected this moment; try again.");
        }
    }

    private async Task<bool> IsYoungAsync(string key, CancellationToken cancellationToken) =>
        await objects.FindInfoAsync(key, cancellationToken) is { } info && info.Modified + Term > time.GetUtcNow();
}

/// <param name="Bytes">The object.</param>
/// <param name="Until">No collection deletes it, nor what it leads to, before then.</param>
internal sealed record HeldObject(byte[] Bytes, DateTimeOffset Until);
