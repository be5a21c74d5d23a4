using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Results;

namespace Graft.VectorStore.Verifying;

/// <summary>Reads all that artifacts consist of and compares it with its digests. It never stops at a damage, and repairs nothing.</summary>
internal sealed class Verification(StoreParts parts, BlobStore blobs)
{
    private const long ReportBytes = 16 << 20;

    /// <param name="artifact">Which artifact; null for every one, and for names and results too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound: there is no such artifact.</exception>
    public async IAsyncEnumerable<VerificationProgress> RunAsync(
        Digest? artifact, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (artifact is { } one && !await parts.Manifests.ExistsAsync(one, cancellationToken))
        {
            throw FaultException.NotFound($"The store has no artifact {one}.");
        }

        var survey = await Survey.TakeAsync(parts, artifact is { } asked ? [asked] : await ListAsync("artifacts/", cancellationToken), cancellationToken);
        var found = new Findings(survey);
        if (artifact is null)
        {
            await CheckPointersAsync(found, cancellationToken);
        }

        var (done, bytes, reported) = (0L, 0L, 0L);
        foreach (var contents in survey.ContentsByArtifact())
        {
            foreach (var digest in contents)
            {
                await foreach (var read in CheckContentAsync(digest, survey, found, cancellationToken))
                {
                    bytes += read;
                    if (bytes - reported >= ReportBytes)
                    {
                        reported = bytes;
                        yield return new VerificationProgress(done, survey.Artifacts, bytes, survey.Bytes, found.Take());
                    }
                }
            }

            done = Math.Min(done + 1, survey.Artifacts);
        }

        yield return new VerificationProgress(done, survey.Artifacts, bytes, survey.Bytes, found.Take());
    }

    private async Task<List<Digest>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        List<Digest> digests = [];
        await foreach (var key in parts.Objects.ListAsync(prefix, null, cancellationToken))
        {
            if (Digest.TryParse(key[prefix.Length..], out var digest))
            {
                digests.Add(digest);
            }
        }

        return digests;
    }

    /// <returns>Raw bytes of each chunk as it is done with, damaged or not.</returns>
    private async IAsyncEnumerable<int> CheckContentAsync(
        Digest digest, Survey survey, Findings found, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var content = survey.Find(digest)!;
        var parent = content.Parent is { } reference ? survey.Find(reference) : null;
        if (content.Parent is not null && parent?.Parent is not null)
        {
            found.Add(ContentIndex.KeyOf(content.Parent.Value), "is a delta itself, and others are stored against it", survey.UsersOf(digest));
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var isWhole = content.Parent is null || parent is { Parent: null };
        var chunks = isWhole ? content.Chunks.Count : 0;
        await foreach (var outcome in ReadAhead.InOrderAsync(0, chunks, ContentReader.Depth, (i, token) => ReadAsync(content, parent, i, token), cancellationToken))
        {
            using (outcome)
            {
                isWhole &= outcome.Raw is not null;
                foreach (var (blob, message) in outcome.Damages)
                {
                    found.Add(BlobStore.KeyOf(blob), message, survey.UsersOfBlob(blob));
                }

                hash.AppendData(outcome.Raw is null ? [] : outcome.Raw.Memory.Span);
            }

            yield return content.Chunks[outcome.Position].Size;
        }

        if (isWhole && Digest.FromHash(hash.GetHashAndReset()) != digest)
        {
            found.Add(ContentIndex.KeyOf(digest), "leads to bytes that do not match its digest", survey.UsersOf(digest));
        }
    }

    private async Task<Outcome> ReadAsync(StoredContent content, StoredContent? parent, int position, CancellationToken cancellationToken)
    {
        var (chunk, reference) = (content.Chunks[position], parent?.Chunks[position]);
        var raw = RawChunk.Rent(position, chunk.Size);
        try
        {
            await blobs.GetAsync(chunk, reference, raw.Memory, cancellationToken);
            return new Outcome(position, raw, []);
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            raw.Dispose();
            List<(Digest Blob, string Message)> damages = [];
            foreach (var blob in reference is null ? [chunk] : new[] { chunk, reference })
            {
                if (await blobs.FindDamageAsync(blob, cancellationToken) is { } message)
                {
                    damages.Add((blob.Blob, message));
                }
            }

            return new Outcome(position, null, damages.Count > 0 ? damages : [(chunk.Blob, "cannot be decoded")]);
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    private async Task CheckPointersAsync(Findings found, CancellationToken cancellationToken)
    {
        await foreach (var key in parts.Objects.ListAsync("names/", null, cancellationToken))
        {
            try
            {
                if (await parts.Names.FindAsync(key["names/".Length..], "name", cancellationToken) is { } artifact
                    && !await parts.Manifests.ExistsAsync(artifact, cancellationToken))
                {
                    found.Add(key, $"points at the artifact {artifact}, which is missing", [artifact]);
                }
            }
            catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
            {
                found.Add(key, "is no pointer at an artifact", []);
            }
        }

        foreach (var recipe in await ListAsync("results/", cancellationToken))
        {
            if (await parts.Results.ReadAsync(recipe, cancellationToken) is null)
            {
                found.Add(ResultStore.KeyOf(recipe), "cannot be read and counts as not made", []);
            }
        }
    }

    /// <summary>One chunk, or what is wrong with it.</summary>
    private sealed record Outcome(int Position, RawChunk? Raw, IReadOnlyList<(Digest Blob, string Message)> Damages) : IDisposable
    {
        public void Dispose() => Raw?.Dispose();
    }

    /// <summary>Damages, each object once, that were not told yet.</summary>
    private sealed class Findings
    {
        private readonly HashSet<string> _known;
        private List<Damage> _open;

        public Findings(Survey survey)
        {
            _open = [.. survey.Damages];
            _known = [.. survey.Damages.Select(damage => damage.Object)];
        }

        public void Add(string key, string message, IReadOnlyList<Digest> artifacts)
        {
            if (_known.Add(key))
            {
                _open.Add(new Damage(key, message, artifacts));
            }
        }

        public List<Damage> Take()
        {
            var taken = _open;
            _open = [];
            return taken;
        }
    }
}
