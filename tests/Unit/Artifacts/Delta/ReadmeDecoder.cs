namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>
/// A decoder of codecs 5 and 6 as somebody would write it who has only the README of the codec: a bit at a time, nothing shared with the
/// codec. For valid chunks.
/// </summary>
internal sealed class ReadmeDecoder
{
    private readonly byte[] _body;
    private readonly byte[] _parent;
    private readonly bool _isUpdate;
    private readonly int _width;
    private readonly int _elements;
    private readonly byte[] _raw;

    private int _bit;
    private int _mantissa, _exponent, _dropped, _coded, _log, _origin;
    private ulong _steps;

    private ReadmeDecoder(byte[] encoded, byte[] parent)
    {
        _isUpdate = encoded[0] == 6;
        _width = encoded[1] & 15;
        _raw = new byte[BitConverter.ToInt32(encoded, 2)];
        _body = encoded[6..];
        _parent = parent;
        _elements = _raw.Length / _width;
    }

    public static byte[] Decode(byte[] encoded, byte[] parent) => new ReadmeDecoder(encoded, parent).Run();

    private byte[] Run()
    {
        (_mantissa, _dropped, _log) = ((int)Bits(ref _bit, 5), (int)Bits(ref _bit, 5), (int)Bits(ref _bit, 4));
        (_exponent, _coded) = ((8 * _width) - 1 - _mantissa, (8 * _width) - _dropped);
        var hasClasses = Bits(ref _bit, 1) == 1;
        (_origin, _steps) = ((short)Bits(ref _bit, 16), Bits(ref _bit, 64));
        var classes = Enumerable.Range(0, (_elements + 127) / 128).Select(_ => hasClasses ? (int)Bits(ref _bit, 4) : 0).ToArray();
        var contexts = 1 + Enumerable.Range(0, 64).Count(bit => (_steps >> bit & 1) == 1);
        var tables = Enumerable.Range(0, contexts).Select(_ => Table(Levels())).ToArray();
        var header = (_bit + 7) / 8;
        var (streams, states) = Streams(header);
        for (var i = 0; i < _elements; i++)
        {
            var value = 0u;
            if (classes[i / 128] != 15)
            {
                var state = tables[Context(i, classes[i / 128])][states[i % 4]];
                states[i % 4] = state.Next + (int)Bits(ref streams[i % 4], state.Bits);
                var (smallest, extra) = Bucket(state.Bucket);
                value = smallest + (uint)Bits(ref streams[i % 4], extra);
            }

            Put(_raw, i, Element(i, value));
        }

        var rest = _raw.Length % _width;
        _body[^rest..].CopyTo(_raw, _raw.Length - rest);
        return _raw;
    }

    private ulong Bits(ref int at, int count)
    {
        var value = 0ul;
        for (var i = 0; i < count; i++, at++)
        {
            value |= (ulong)(_body[at / 8] >> (at % 8) & 1) << i;
        }

        return value;
    }

    private int[] Levels()
    {
        var levels = new int[_isUpdate ? (8 * _coded) - 16 : 254];
        var (count, level) = ((int)Bits(ref _bit, 8) + 1, 8);
        for (var i = 0; i < count; i++)
        {
            var ones = 0;
            for (; Bits(ref _bit, 1) == 1; ones++)
            {
            }

            var folded = (2 * ones) + (int)Bits(ref _bit, 1);
            level += folded % 2 == 0 ? folded / 2 : -(folded + 1) / 2;
            levels[i] = level;
        }

        return levels;
    }

    private (int Bucket, int Bits, int Next)[] Table(int[] levels)
    {
        var size = 1 << _log;
        var weights = levels.Select(level => level == 0 ? 0L : level % 2 == 0 ? 128L << (level / 2) : 181L << ((level - 1) / 2)).ToArray();
        var rest = size - levels.Count(level => level > 0);
        var (owners, state) = (new int[size], 0);
        var (counts, sum, before) = (new int[levels.Length], weights.Sum(), 0L);
        for (var bucket = 0; bucket < levels.Length; before += weights[bucket++])
        {
            counts[bucket] = levels[bucket] == 0 ? 0 : (int)(1 + (rest * (before + weights[bucket]) / sum) - (rest * before / sum));
            for (var i = 0; i < counts[bucket]; i++)
            {
                owners[state] = bucket;
                state = (state + (size / 2) + (size / 8) + 3) % size;
            }
        }

        return [.. owners.Select(owner =>
        {
            var x = counts[owner]++;
            var bits = _log - (int)Math.Floor(Math.Log2(x));
            return (owner, bits, (x << bits) - size);
        })];
    }

    /// <returns>Positions in bits, and states.</returns>
    private (int[] Streams, int[] States) Streams(int header)
    {
        var (streams, states, begin) = (new int[4], new int[4], header + 17);
        for (var i = 0; i < 4; i++)
        {
            var start = BitConverter.ToUInt16(_body, header + 9 + (2 * i));
            streams[i] = (8 * begin) + (start & 7);
            states[i] = start >> 3;
            begin += i == 3 ? 0 : _body[header + (3 * i)] | (_body[header + (3 * i) + 1] << 8) | (_body[header + (3 * i) + 2] << 16);
        }

        return (streams, states);
    }

    private int Context(int element, int number)
    {
        var exponent = _isUpdate ? (int)(Get(_parent, element) >> _mantissa) & ((1 << _exponent) - 1) : 0;
        var u = _isUpdate ? Math.Clamp((2 * exponent) + number - _origin, 0, 63) : number;
        return Enumerable.Range(0, u + 1).Count(bit => (_steps >> bit & 1) == 1);
    }

    private (uint Smallest, int Extra) Bucket(int bucket)
    {
        if (!_isUpdate)
        {
            var plain = _coded - _exponent - 2;
            return bucket switch
            {
                0 => (0, plain + 2),
                253 => (0, _coded),
                _ => ((uint)(bucket - 1 + (4 * _origin)) << plain, plain),
            };
        }

        var half = (4 * _coded) - 8;
        if (bucket >= half)
        {
            var (smallest, more) = Bucket(bucket - half);
            return (smallest + (1u << (_coded - 1)), more);
        }

        var extra = Math.Max(0, (bucket / 4) - 1);
        return (bucket < 8 ? (uint)bucket : (uint)(4 + (bucket % 4)) << extra, extra);
    }

    private uint Element(int i, uint value)
    {
        if (!_isUpdate)
        {
            var rotated = (ulong)value << (_coded - 1) | value >> 1;
            return (uint)(rotated & ((1ul << _coded) - 1)) << _dropped;
        }

        var modulus = 1L << (_coded - 1);
        var (folded, parent) = (value % modulus, Get(_parent, i) >> _dropped);
        var difference = folded % 2 == 0 ? folded / 2 : -(folded + 1) / 2;
        var magnitude = ((parent % modulus) + difference + modulus) % modulus;
        var sign = (parent / modulus) ^ (value / modulus);
        return (uint)((sign * modulus) + magnitude) << _dropped;
    }

    private uint Get(byte[] bytes, int element) =>
        _width == 2 ? BitConverter.ToUInt16(bytes, 2 * element) : BitConverter.ToUInt32(bytes, 4 * element);

    private void Put(byte[] bytes, int element, uint value)
    {
        for (var i = 0; i < _width; i++)
        {
            bytes[(element * _width) + i] = (byte)(value >> (8 * i));
        }
    }
}
