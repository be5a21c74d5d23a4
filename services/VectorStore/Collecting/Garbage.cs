using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Collecting;

/// <summary>
/// What nothing leads to and what is old enough, in the order in which it can be deleted: whatever refers goes before what it refers to,
/// so that a collection may end anywhere.
/// </summary>
internal static class Garbage
{
    /// <summary>Kinds of objects in that order.</summary>
    public static readonly string[] Kinds = ["results", "origins", "names", "uploads", "artifacts", "contents", "blobs"];

    /// <summary>Objects of one kind, in groups of which each goes before the next.</summary>
    /// <param name="kind">Which kind.</param>
    /// <param name="marking">What must stay.</param>
    /// <param name="cutoff">What was modified later stays.</param>
    /// <param name="parts">The store.</param>
    /// <param name="seen">Told how many objects were looked at, from time to time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<IReadOnlyList<IReadOnlyList<ObjectInfo>>> FindAsync(
        string kind, Marking marking, DateTimeOffset cutoff, StoreParts parts, Func<int, Task> seen, CancellationToken cancellationToken)
    {
        List<ObjectInfo> found = [];
        await foreach (var page in parts.Objects.ListInfoAsync($"{kind}/", null, cancellationToken).Chunk(1000))
        {
            found.AddRange(page.Where(info => info.Modified <= cutoff && marking.IsGarbage(info.Key)));
            await seen(page.Length);
        }

        var refers = new bool[found.Count];
        if (kind is "artifacts" or "contents")
        {
            await Batch.ForEachAsync(found.Count, async (i, token) => refers[i] = await RefersAsync(kind, found[i].Key, parts, token), cancellationToken);
        }

        return [[.. found.Where((_, i) => refers[i])], [.. found.Where((_, i) => !refers[i])]];
    }

    // A diff vector refers to two artifacts, a delta to another content.
    private static async Task<bool> RefersAsync(string kind, string key, StoreParts parts, CancellationToken cancellationToken)
    {
        if (!Digest.TryParse(ObjectKey.Split(key).Name, out var digest))
        {
            return false;
        }

        try
        {
            return kind == "artifacts"
                ? (await parts.Manifests.ReadAsync(digest, cancellationToken))?.DiffVector is not null
                : (await parts.Contents.ReloadAsync(digest, cancellationToken))?.Parent is not null;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            // It leads nowhere.
            return false;
        }
    }
}
