using System.Buffers;
using System.Runtime.CompilerServices;

namespace Graft.Merger.Methods;

/// <summary>
/// The k largest of many numbers by magnitude, exactly, without holding them: a radix selection over the bits of |x|, which order as the
/// numbers do. Each pass counts 21 bits in 2 Mi counters (16 MiB). Two passes are enough when the numbers that share the first 21 bits
/// (sign off, exponent, ten bits of mantissa) are equal, as differences of bf16 weights mostly are; there are three at most. Of numbers
/// equal to the smallest one kept, the first in order are kept, so that exactly k stay. NaN counts as larger than everything.
/// </summary>
/// <param name="keep">How many to keep: at least one, and no more than there are.</param>
internal sealed class MagnitudeSelection(long keep)
{
    /// <summary>Memory of the counters.</summary>
    public const long CounterBytes = sizeof(long) << DigitBits;

    private const int DigitBits = 21;
    private const int Digits = 3;
    private const ulong MagnitudeBits = long.MaxValue;
    private const ulong DigitMask = (1ul << DigitBits) - 1;

    private long[] _counts = [];
    private int _pass = -1;
    private ulong _prefix;
    private ulong _smallest;
    private ulong _largest;
    private long _left = keep;

    /// <summary>Whether <see cref="Threshold"/> and <see cref="TiesKept"/> are known.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Bits of the smallest magnitude that is kept.</summary>
    public ulong Threshold { get; private set; }

    /// <summary>How many numbers of exactly that magnitude are kept: the first ones.</summary>
    public long TiesKept { get; private set; }

    private int Shift => DigitBits * (Digits - 1 - _pass);

    /// <summary>The next numbers of a pass; each pass has the same ones in any order.</summary>
    public void Add(ReadOnlySpan<double> numbers)
    {
        if (_pass < 0)
        {
            StartPass(0, 0);
        }

        (_smallest, _largest) = Count(numbers, _counts, _prefix, Shift, _smallest, _largest);
    }

    /// <summary>All numbers were there once more.</summary>
    public void EndPass()
    {
        if (_smallest == _largest)
        {
            Finish(_smallest);
            return;
        }

        var digit = (1 << DigitBits) - 1;
        for (; digit > 0 && _counts[digit] < _left; digit--)
        {
            _left -= _counts[digit];
        }

        var prefix = (_prefix << DigitBits) | (uint)digit;
        if (Shift == 0)
        {
            Finish(prefix);
        }
        else
        {
            StartPass(_pass + 1, prefix);
        }
    }

    private void Finish(ulong threshold)
    {
        (Threshold, TiesKept, IsDone) = (threshold, _left, true);
        // The next vector's selection begins when this one is over: there is one set of counters at a time.
        ArrayPool<long>.Shared.Return(_counts);
        _counts = [];
    }

    private void StartPass(int pass, ulong prefix)
    {
        (_pass, _prefix, _smallest, _largest) = (pass, prefix, ulong.MaxValue, 0);
        _counts = _counts.Length > 0 ? _counts : ArrayPool<long>.Shared.Rent(1 << DigitBits);
        Array.Clear(_counts);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static (ulong Smallest, ulong Largest) Count(
        ReadOnlySpan<double> numbers, long[] counts, ulong prefix, int shift, ulong smallest, ulong largest)
    {
        foreach (var number in numbers)
        {
            var bits = BitConverter.DoubleToUInt64Bits(number) & MagnitudeBits;
            if (bits >> shift >> DigitBits == prefix)
            {
                counts[(bits >> shift) & DigitMask]++;
                smallest = Math.Min(smallest, bits);
                largest = Math.Max(largest, bits);
            }
        }

        return (smallest, largest);
    }
}
