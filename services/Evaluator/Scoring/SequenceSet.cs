namespace Graft.Evaluator.Scoring;

/// <summary>The distinct sequences of a task: choices that differ in their last token only are one sequence.</summary>
internal static class SequenceSet
{
    /// <summary>Distinct sequences, the longest first (if memory does not suffice, that shows at once), then by their tokens.</summary>
    /// <param name="sequences">One for each request, not empty.</param>
    public static IReadOnlyList<Sequence> Of(IEnumerable<int[]> sequences)
    {
        var distinct = sequences
            .Select((ids, request) => (Ids: ids, Request: request))
            .GroupBy(item => item.Ids, item => item.Request, new TokenComparer())
            .Select(group => new Sequence(group.Key, [.. group]))
            .ToList();
        distinct.Sort((a, b) => a.Ids.Length != b.Ids.Length
            ? b.Ids.Length.CompareTo(a.Ids.Length)
            : a.Ids.AsSpan().SequenceCompareTo(b.Ids));
        return distinct;
    }

    /// <summary>Batches of sequences of equal width.</summary>
    /// <param name="sequences">Sorted by length.</param>
    /// <param name="width">Length with padding, by length; never falling.</param>
    /// <param name="most">Sequences of a batch at most, by their width; at least one.</param>
    public static IEnumerable<Batch> Batches(IReadOnlyList<Sequence> sequences, Func<int, int> width, Func<int, int> most)
    {
        for (var begin = 0; begin < sequences.Count;)
        {
            var own = width(sequences[begin].Ids.Length);
            var batch = sequences.Skip(begin).Take(most(own)).TakeWhile(sequence => width(sequence.Ids.Length) == own).ToList();
            begin += batch.Count;
            yield return new Batch(batch, own);
        }
    }

    private sealed class TokenComparer : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? x, int[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(int[] obj)
        {
            var hash = default(HashCode);
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(obj.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
