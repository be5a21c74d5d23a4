using Graft.Faults;

namespace Graft.Trainer.Data;

/// <summary>
/// Which rows an epoch consists of and in what order. The rows of several datasets are numbered one dataset behind the other. Of a dataset
/// of n rows with weight w an epoch has round(w * n), at least one: with a whole w every row w times, otherwise the next ones of a sequence
/// in which one shuffle of the dataset follows another, so that over the epochs no row comes more than once oftener than any other.
/// Then all of them are shuffled.
/// </summary>
internal sealed class RowOrder
{
    private readonly IReadOnlyList<(int Rows, double Weight)> _datasets;
    private readonly ulong _seed;
    private readonly Dictionary<long, int[]> _epochs = [];

    /// <param name="datasets">Rows and weight of each.</param>
    /// <param name="seed">The recipe's.</param>
    /// <exception cref="FaultException">Invalid: an epoch of two thousand million rows or more.</exception>
    public RowOrder(IReadOnlyList<(int Rows, double Weight)> datasets, ulong seed)
    {
        (_datasets, _seed) = (datasets, seed);
        var rows = datasets.Sum(dataset => Taken(dataset));
        Length = rows <= Array.MaxLength
            ? (int)rows
            : throw FaultException.Invalid($"The weights of the datasets make an epoch of {rows} rows; {Array.MaxLength} are possible.", "recipe.phases.weight");
    }

    /// <summary>Rows of an epoch.</summary>
    public int Length { get; }

    /// <summary>Whether an epoch is one dataset as it is, each row once.</summary>
    public bool IsWhole => _datasets is [{ Weight: 1 }];

    /// <summary>The rows of an epoch in their order. The last two asked for are remembered: a batch may span two.</summary>
    public IReadOnlyList<int> Epoch(long epoch)
    {
        if (!_epochs.TryGetValue(epoch, out var order))
        {
            var rows = Rows(epoch);
            order = Array.ConvertAll(Shuffle.Permutation(Length, _seed, (ulong)epoch), i => rows[i]);
            foreach (var old in _epochs.Keys.Where(known => Math.Abs(known - epoch) > 1).ToList())
            {
                _epochs.Remove(old);
            }

            _epochs[epoch] = order;
        }

        return order;
    }

    /// <summary>The rows of an epoch, one dataset behind the other.</summary>
    private List<int> Rows(long epoch)
    {
        List<int> rows = new(Length);
        var first = 0;
        for (var i = 0; i < _datasets.Count; i++)
        {
            var (count, taken) = (_datasets[i].Rows, Taken(_datasets[i]));
            var sequence = new ShuffledSequence(count, _seed + (ulong)i + 1);
            for (var j = 0L; j < taken; j++)
            {
                rows.Add(first + (taken % count == 0 ? (int)(j % count) : sequence.At((epoch * taken) + j)));
            }

            first += count;
        }

        return rows;
    }

    private static long Taken((int Rows, double Weight) dataset) =>
        Math.Max(1, (long)Math.Min(Math.Round(dataset.Rows * dataset.Weight, MidpointRounding.AwayFromZero), 1L << 40));

    /// <summary>One shuffle of 0..count-1 behind the other.</summary>
    private sealed class ShuffledSequence(int count, ulong seed)
    {
        private long _round = -1;
        private int[] _order = [];

        public int At(long position)
        {
            if (position / count != _round)
            {
                _round = position / count;
                _order = Shuffle.Permutation(count, seed, (ulong)_round);
            }

            return _order[position % count];
        }
    }
}
