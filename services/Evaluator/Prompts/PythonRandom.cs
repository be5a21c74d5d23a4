namespace Graft.Evaluator.Prompts;

/// <summary>
/// Python's random.Random: the Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) seeded by a whole number, and its sample(). OLMES
/// draws the 1,000 items of DROP and NaturalQuestions with it, so the same ones must come out here.
/// </summary>
internal sealed class PythonRandom
{
    private const int Size = 624;
    private const int Middle = 397;

    private readonly uint[] _state = new uint[Size];
    private int _next = Size;

    public PythonRandom(uint seed)
    {
        // init_by_array with an array of one word.
        Fill(19650218);
        var i = 1;
        for (var k = Size; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1664525)) + seed;
            Advance(ref i);
        }

        for (var k = Size - 1; k > 0; k--)
        {
            _state[i] = (_state[i] ^ ((_state[i - 1] ^ (_state[i - 1] >> 30)) * 1566083941)) - (uint)i;
            Advance(ref i);
        }

        _state[0] = 0x80000000;
    }

    /// <summary>Distinct indices below <paramref name="population"/>, in the order in which Python's sample() takes them.</summary>
    public IReadOnlyList<int> Sample(int population, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, population);
        // Python keeps a list of what is left, or a set of what is taken, whichever it thinks smaller; they draw differently.
        var largest = 21.0 + (count > 5 ? Math.Pow(4, Math.Ceiling(Math.Log(count * 3, 4))) : 0);
        return population <= largest ? FromPool(population, count) : FromSet(population, count);
    }

    private List<int> FromPool(int population, int count)
    {
        int[] pool = [.. Enumerable.Range(0, population)];
        List<int> taken = [];
        for (var i = 0; i < count; i++)
        {
            var at = Below(population - i);
            taken.Add(pool[at]);
            pool[at] = pool[population - i - 1];
        }

        return taken;
    }

    private List<int> FromSet(int population, int count)
    {
        HashSet<int> seen = [];
        List<int> taken = [];
        while (taken.Count < count)
        {
            var at = Below(population);
            if (seen.Add(at))
            {
                taken.Add(at);
            }
        }

        return taken;
    }

    /// <summary>As many random bits as the bound has, drawn again until they are below it.</summary>
    private int Below(int bound)
    {
        var bits = 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)bound);
        uint drawn;
        do
        {
            drawn = Word() >> (32 - bits);
        }
        while (drawn >= bound);

        return (int)drawn;
    }

    private uint Word()
    {
        if (_next == Size)
        {
            Twist();
        }

        var word = _state[_next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9d2c5680;
        word ^= (word << 15) & 0xefc60000;
        return word ^ (word >> 18);
    }

    private void Twist()
    {
        for (var i = 0; i < Size; i++)
        {
            var mixed = (_state[i] & 0x80000000) | (_state[(i + 1) % Size] & 0x7fffffff);
            _state[i] = _state[(i + Middle) % Size] ^ (mixed >> 1) ^ ((mixed & 1) == 0 ? 0 : 0x9908b0df);
        }

        _next = 0;
    }

    private void Fill(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = (1812433253 * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i;
        }
    }

    private void Advance(ref int i)
    {
        if (++i == Size)
        {
            _state[0] = _state[Size - 1];
            i = 1;
        }
    }
}
