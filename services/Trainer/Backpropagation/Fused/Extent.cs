using Graft.Trainer.Data;

namespace Graft.Trainer.Backpropagation.Fused;

/// <summary>A stretch of a row that attends to itself only.</summary>
/// <param name="Row">Of the batch.</param>
/// <param name="Begin">First position in the row.</param>
/// <param name="Count">Positions.</param>
internal readonly record struct Stretch(int Row, int Begin, int Count);

/// <summary>Extents of a batch.</summary>
/// <param name="Stretches">What attends to itself: whole rows, or the segments of them.</param>
/// <param name="Positions">[rows * length]: position of each for the rotary embedding.</param>
internal sealed record Extent(Stretch[] Stretches, int[] Positions)
{
    /// <summary>Rows of the batch times their length.</summary>
    public int Rows => Positions.Length;

    public static Extent Of(Batch batch)
    {
        var begins = SegmentBegins.Of(batch);
        var positions = new int[batch.Rows * batch.Length];
        List<Stretch> stretches = [];
        for (var i = 0; i < positions.Length; i++)
        {
            var (row, place) = (i / batch.Length, i % batch.Length);
            var begin = (int)(begins?[i] ?? 0);
            positions[i] = place - begin;
            if (place == begin)
            {
                stretches.Add(new Stretch(row, begin, 0));
            }

            stretches[^1] = stretches[^1] with { Count = positions[i] + 1 };
        }

        return new Extent([.. stretches], positions);
    }
}
