namespace Graft.Evaluator.Tokenized;

/// <summary>A position whose prediction counts, and the tokens that are looked up in it.</summary>
/// <param name="Index">Index of the position in its row.</param>
/// <param name="Targets">Request and token.</param>
internal sealed record ScoredPosition(int Index, IReadOnlyList<(int Request, int Token)> Targets);

/// <summary>
/// Continuations of one context as one row of tokens: what they have in common once (the trunk), then what is each one's own (the branches),
/// which do not see each other. What a reading gives follows from its own tokens and the prefix alone.
/// </summary>
internal sealed class Reading
{
    // More branches than fit into so many tokens make another reading.
    private const int MostTokens = 2048;

    private Reading(int prefix, int[] trunk) => (Prefix, Trunk, Ids) = (prefix, trunk.Length, [.. trunk]);

    /// <summary>Tokens before the row that the task's prefix gives; 0 when the row does not begin with it.</summary>
    public int Prefix { get; }

    /// <summary>Tokens of the trunk.</summary>
    public int Trunk { get; }

    /// <summary>The row: trunk, then branches.</summary>
    public List<int> Ids { get; }

    /// <summary>Where each branch begins in the row; those of no tokens are not among them.</summary>
    public List<int> Branches { get; } = [];

    /// <summary>In the order of the row.</summary>
    public List<ScoredPosition> Positions { get; private set; } = [];

    public List<int> Requests { get; } = [];

    /// <summary>Whether the row is one text.</summary>
    public bool IsText => Branches.Count == 0;

    /// <summary>Readings of requests that belong together: one where they fit.</summary>
    /// <param name="requests">Indices of requests with one context.</param>
    /// <param name="encoded">All requests.</param>
    /// <param name="prefix">Tokens that are read once for the whole task.</param>
    public static IEnumerable<Reading> Of(IReadOnlyList<int> requests, IReadOnlyList<EncodedContinuation> encoded, int[] prefix)
    {
        var left = requests;
        while (left.Count > 0)
        {
            var first = encoded[left[0]];
            // A context that was cut elsewhere begins otherwise.
            List<int> alike = [.. left.Where(request => encoded[request].Ids[0] == first.Ids[0] && encoded[request].IsCut == first.IsCut)];
            left = [.. left.Except(alike)];
            while (alike.Count > 0)
            {
                var reading = Gather(alike, encoded, prefix);
                yield return reading;
                alike.RemoveRange(0, reading.Requests.Count);
            }
        }
    }

    /// <summary>Position of each token of the row in its text.</summary>
    public IEnumerable<int> TextPositions()
    {
        for (var i = 0; i < Ids.Count; i++)
        {
            yield return Prefix + (i < Trunk ? i : Trunk + i - BranchOf(i));
        }
    }

    /// <summary>Where the branch of a token behind the trunk begins.</summary>
    public int BranchOf(int index) => Branches.FindLast(begin => begin <= index);

    private static Reading Gather(List<int> requests, IReadOnlyList<EncodedContinuation> encoded, int[] prefix)
    {
        int[][] inputs = [.. requests.Select(request => encoded[request].Input)];
        var common = inputs.Min(input => Common(inputs[0], input));
        var isBehind = requests.All(request => encoded[request].ContextLength > prefix.Length)
            && inputs.All(input => input.AsSpan().StartsWith(prefix));
        var start = isBehind ? prefix.Length : 0;
        // What is common to a single request is all of it; as trunk it is read without a mask.
        var reading = new Reading(start, inputs[0][start..Math.Max(start, common)]);
        Dictionary<int, List<(int Request, int Token)>> targets = [];
        for (var i = 0; i < requests.Count; i++)
        {
            var own = inputs[i].Length - start - reading.Trunk;
            if (i > 0 && reading.Ids.Count + own > MostTokens)
            {
                break;
            }

            reading.Add(requests[i], encoded[requests[i]], inputs[i], targets);
        }

        reading.Positions = [.. targets.OrderBy(position => position.Key).Select(position => new ScoredPosition(position.Key, position.Value))];
        return reading;
    }

    private void Add(int request, EncodedContinuation continuation, int[] input, Dictionary<int, List<(int Request, int Token)>> targets)
    {
        var begin = Ids.Count;
        var branched = Prefix + Trunk;
        if (input.Length > branched)
        {
            Branches.Add(begin);
            Ids.AddRange(input.AsSpan(branched));
        }

        Requests.Add(request);
        for (var i = continuation.ContextLength - 1; i < input.Length; i++)
        {
            // The prediction at i is of the token at i + 1.
            var index = i < branched ? i - Prefix : begin + i - branched;
            if (!targets.TryGetValue(index, out var there))
            {
                targets[index] = there = [];
            }

            there.Add((request, continuation.Ids[i + 1]));
        }
    }

    private static int Common(int[] a, int[] b) => a.AsSpan().CommonPrefixLength(b);
}
