using Graft.Trainer.Data;

namespace Graft.Trainer.Backpropagation;

/// <summary>Segments as attention wants them: each position looks back to where its own begins, and no further.</summary>
internal static class SegmentBegins
{
    /// <returns>[rows * length]: place in its row; padding is a segment like any other, which no target looks at. Null without segments.</returns>
    public static long[]? Of(Batch batch)
    {
        if (batch.Segments is not { } segments)
        {
            return null;
        }

        var begins = new long[batch.Rows * batch.Length];
        for (var i = 0; i < begins.Length; i++)
        {
            var place = i % batch.Length;
            begins[i] = place > 0 && segments.Segment[i] == segments.Segment[i - 1] ? begins[i - 1] : place;
        }

        return begins;
    }
}
