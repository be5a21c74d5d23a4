using Graft.Evaluator.Tokenized;
using Graft.Modeling.Transformers;
using static TorchSharp.torch;

namespace Graft.Evaluator.Scoring;

/// <summary>Positions and mask of a batch of readings.</summary>
internal static class BranchLayout
{
    /// <param name="rows">The readings; all of one prefix.</param>
    /// <param name="width">Tokens of a row with its padding, which sees the prefix and itself.</param>
    /// <param name="device">Where they are wanted.</param>
    public static TokenLayout Of(IReadOnlyList<Reading> rows, int width, Device device)
    {
        var prefix = rows[0].Prefix;
        var columns = prefix + width;
        var positions = new long[rows.Count, width];
        var allowed = new bool[rows.Count * width * columns];
        for (var row = 0; row < rows.Count; row++)
        {
            var next = 0;
            foreach (var position in rows[row].TextPositions())
            {
                positions[row, next++] = position;
            }

            for (var i = 0; i < width; i++)
            {
                Mark(rows[row], i, allowed.AsSpan(((row * width) + i) * columns, columns));
            }
        }

        var bound = prefix + width;
        return new TokenLayout(
            tensor(positions, device: device), bound, tensor(allowed, device: device).view(rows.Count, width, columns));
    }

    /// <summary>What the token at an index of a row sees: the prefix, the trunk and its own branch up to itself.</summary>
    private static void Mark(Reading reading, int index, Span<bool> columns)
    {
        columns[..reading.Prefix].Fill(true);
        var row = columns[reading.Prefix..];
        row[..Math.Min(reading.Trunk, index + 1)].Fill(true);
        row[index] = true;
        if (index >= reading.Trunk && index < reading.Ids.Count)
        {
            row[reading.BranchOf(index)..index].Fill(true);
        }
    }
}
