namespace Graft.Cli.Data;

/// <summary>Rows by their length in tokens: classes up to 16, 24, 32, 48, 64, 96 and so on, from the one with the shortest row to the one with the longest.</summary>
internal sealed class LengthHistogram
{
    private readonly int[] _sorted;

    public LengthHistogram(IReadOnlyList<int> lengths) => _sorted = [.. lengths.Order()];

    public int Shortest => _sorted.FirstOrDefault();

    public int Longest => _sorted.LastOrDefault();

    /// <summary>The length below which a part of the rows is: the smallest length that at least that part does not exceed.</summary>
    public int Quantile(double part) => _sorted.Length == 0 ? 0 : _sorted[Math.Max(0, (int)Math.Ceiling(part * _sorted.Length) - 1)];

    /// <summary>Longest length of each class, and its rows.</summary>
    public IReadOnlyList<(int UpTo, int Rows)> Classes()
    {
        List<(int UpTo, int Rows)> classes = [];
        var counted = 0;
        for (var (upTo, next) = (16, 24); counted < _sorted.Length; (upTo, next) = (next, checked(upTo * 2)))
        {
            var end = _sorted.AsSpan().LastIndexOfAnyInRange(int.MinValue, upTo) + 1;
            if (end > counted || classes.Count > 0)
            {
                classes.Add((upTo, end - counted));
            }

            counted = end;
        }

        return classes;
    }
}
