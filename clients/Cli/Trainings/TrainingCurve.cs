using System.Text;

namespace Graft.Cli.Trainings;

/// <summary>A line through values in characters: dots of Braille, eight to a character, or stars where the terminal has no Unicode.</summary>
internal static class TrainingCurve
{
    private const int BrailleBlank = 0x2800;

    // Bits of the dots of a Braille character, [row, column] from the top left.
    private static readonly int[,] _dots = { { 0x01, 0x08 }, { 0x02, 0x10 }, { 0x04, 0x20 }, { 0x40, 0x80 } };

    /// <param name="values">In order; those that are no number leave a gap.</param>
    /// <param name="width">Characters.</param>
    /// <param name="height">Lines.</param>
    /// <param name="unicode">Whether Braille may be used.</param>
    /// <returns>The lines from the top, and what the highest and the lowest stand for. Nothing without a number.</returns>
    public static (IReadOnlyList<string> Lines, double High, double Low) Draw(IReadOnlyList<double> values, int width, int height, bool unicode)
    {
        var (across, down) = unicode ? (2, 4) : (1, 1);
        var columns = Columns(values, width * across);
        if (!columns.Any(double.IsFinite))
        {
            return ([], 0, 0);
        }

        var (high, low) = (columns.Where(double.IsFinite).Max(), columns.Where(double.IsFinite).Min());
        var cells = new int[height, width];
        for (var x = 0; x < columns.Length; x++)
        {
            if (double.IsFinite(columns[x]))
            {
                var share = high > low ? (high - columns[x]) / (high - low) : 0.5;
                var y = Math.Min((height * down) - 1, (int)(share * height * down));
                cells[y / down, x / across] |= unicode ? _dots[y % down, x % across] : 1;
            }
        }

        return ([.. Enumerable.Range(0, height).Select(line => Line(cells, line, unicode))], high, low);
    }

    /// <summary>A mean for each column; fewer values than columns are one column each.</summary>
    private static double[] Columns(IReadOnlyList<double> values, int count)
    {
        if (values.Count <= count)
        {
            return [.. values];
        }

        return
        [
            .. Enumerable.Range(0, count).Select(column =>
            {
                var (begin, end) = ((int)((long)column * values.Count / count), (int)((column + 1L) * values.Count / count));
                return Enumerable.Range(begin, end - begin).Select(i => values[i]).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
            }),
        ];
    }

    private static string Line(int[,] cells, int line, bool unicode)
    {
        var text = new StringBuilder();
        for (var x = 0; x < cells.GetLength(1); x++)
        {
            text.Append(cells[line, x] switch
            {
                0 => ' ',
                var dots => unicode ? (char)(BrailleBlank + dots) : '*',
            });
        }

        return text.ToString();
    }
}
