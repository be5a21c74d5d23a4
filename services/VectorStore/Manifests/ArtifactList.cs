using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Names;
using Graft.VectorStore.Objects;

namespace Graft.VectorStore.Manifests;

/// <summary>
/// All artifacts with what they take. What is an artifact's own depends on all artifacts before it: where a page ended is remembered
/// with what was counted so far, and counted from the beginning again where that is not known (any more).
/// </summary>
internal sealed class ArtifactList(IObjectStore objects, ManifestStore manifests, ContentIndex contents, NameStore names)
{
    private const int MaxTallies = 16;
    private const string Prefix = "artifacts/";

    private readonly ConcurrentDictionary<Digest, Tally> _tallies = new();

    /// <summary>A page of artifacts.</summary>
    /// <param name="kind">Only these; null for all.</param>
    /// <param name="after">Behind which digest it begins; null for the first one.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ArtifactPage> ReadAsync(ArtifactKind? kind, Digest? after, int limit, CancellationToken cancellationToken)
    {
        var namesOf = await names.ReadAllAsync(cancellationToken);
        var tally = await TallyAsync(after, cancellationToken);
        List<ArtifactSummary> page = [];
        List<Digest> behind = [];
        await foreach (var digest in DigestsAsync(after, cancellationToken))
        {
            var manifest = await ReadAsync(digest, cancellationToken);
            var isWanted = kind is null || manifest?.Kind == kind;
            if (page.Count < limit)
            {
                var (stored, own) = await tally.AddAsync(manifest, contents, cancellationToken);
                if (isWanted)
                {
                    page.Add(new ArtifactSummary(digest, manifest?.Kind, manifest?.LogicalSize ?? 0, stored, own, [.. namesOf[digest]]));
                }
            }
            else if (isWanted)
            {
                Remember(page[^1].Digest, tally);
                return new ArtifactPage(page, page[^1].Digest, 0);
            }
            else
            {
                behind.Add(digest);
            }
        }

        foreach (var digest in behind)
        {
            await tally.AddAsync(await ReadAsync(digest, cancellationToken), contents, cancellationToken);
        }

        return new ArtifactPage(page, null, tally.ParentsSize);
    }

    private async Task<Tally> TallyAsync(Digest? after, CancellationToken cancellationToken)
    {
        if (after is { } known && _tallies.TryRemove(known, out var tally))
        {
            return tally;
        }

        tally = new Tally();
        if (after is { } end)
        {
            await foreach (var digest in DigestsAsync(null, cancellationToken))
            {
                if (string.CompareOrdinal(digest.ToString(), end.ToString()) > 0)
                {
                    break;
                }

                await tally.AddAsync(await ReadAsync(digest, cancellationToken), contents, cancellationToken);
            }
        }

        return tally;
    }

    private void Remember(Digest last, Tally tally)
    {
        if (_tallies.Count >= MaxTallies)
        {
            _tallies.Clear();
        }

        _tallies[last] = tally;
    }

    private async IAsyncEnumerable<Digest> DigestsAsync(Digest? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in objects.ListAsync(Prefix, after is { } last ? Prefix + last : null, cancellationToken))
        {
            if (Digest.TryParse(key[Prefix.Length..], out var digest))
            {
                yield return digest;
            }
        }
    }

    // One that is damaged is listed, and takes nothing.
    private async Task<Manifest?> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await manifests.FindManifestAsync(digest, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return null;
        }
    }

    /// <summary>What the artifacts so far take. Each content counts once, a parent that is in no artifact too.</summary>
    private sealed class Tally
    {
        private readonly HashSet<Digest> _counted = [];
        private readonly Dictionary<Digest, long> _parents = [];

        public long ParentsSize => _parents.Where(parent => !_counted.Contains(parent.Key)).Sum(parent => parent.Value);

        public async Task<(long Stored, long Own)> AddAsync(Manifest? manifest, ContentIndex contents, CancellationToken cancellationToken)
        {
            Digest[] digests = [.. (manifest?.Contents ?? []).Distinct()];
            var (found, parents) = (new StoredContent?[digests.Length], new StoredContent?[digests.Length]);
            await Batch.ForEachAsync(
                digests.Length,
                async (i, token) =>
                {
                    found[i] = await FindAsync(digests[i], contents, token);
                    parents[i] = found[i]?.Parent is { } parent ? await FindAsync(parent, contents, token) : null;
                },
                cancellationToken);
            long stored = 0, own = 0;
            for (var i = 0; i < digests.Length; i++)
            {
                stored += found[i]?.StoredSize ?? 0;
                own += _counted.Add(digests[i]) ? found[i]?.StoredSize ?? 0 : 0;
                if (found[i]?.Parent is { } parent)
                {
                    _parents[parent] = parents[i]?.StoredSize ?? 0;
                }
            }

            return (stored, own);
        }

        // What is damaged or missing takes nothing; verifying tells.
        private static async Task<StoredContent?> FindAsync(Digest digest, ContentIndex contents, CancellationToken cancellationToken)
        {
            try
            {
                return await contents.FindAsync(digest, cancellationToken);
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
            {
                return null;
            }
        }
    }
}
