namespace Graft.Evaluator.Scoring;

/// <summary>A position whose prediction counts, and the tokens that are looked up in it.</summary>
/// <param name="Row">Index in the batch's hidden states, counted over all its sequences.</param>
/// <param name="Targets">Request and token.</param>
internal sealed record ScoredPosition(long Row, IReadOnlyList<(int Request, int Token)> Targets)
{
    /// <summary>The scored positions of a batch, in their order.</summary>
    public static List<ScoredPosition> Of(Batch batch, IReadOnlyList<EncodedContinuation> requests)
    {
        List<ScoredPosition> positions = [];
        for (var row = 0; row < batch.Sequences.Count; row++)
        {
            var sequence = batch.Sequences[row];
            var first = sequence.Requests.Min(request => requests[request].ContextLength) - 1;
            for (var i = first; i < sequence.Ids.Length; i++)
            {
                // The prediction at i is of the token at i + 1.
                var targets = sequence.Requests
                    .Where(request => requests[request].ContextLength <= i + 1)
                    .Select(request => (request, requests[request].Ids[i + 1]));
                positions.Add(new ScoredPosition(((long)row * batch.Width) + i, [.. targets]));
            }
        }

        return positions;
    }
}
