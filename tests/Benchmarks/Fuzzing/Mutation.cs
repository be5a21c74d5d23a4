namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>Damage to bytes: a few of the usual operators, one after the other.</summary>
internal static class Mutation
{
    private static readonly byte[] _telling = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x10, 0x20];

    /// <param name="bytes">What is damaged; not changed.</param>
    /// <param name="other">Bytes of which pieces are put in.</param>
    /// <param name="random">Decides.</param>
    public static byte[] Damage(byte[] bytes, byte[] other, Random random)
    {
        var damaged = bytes;
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            // Beginnings hold headers and tables: they are hit as often as all the rest.
            var at = damaged.Length == 0 ? 0 : random.Next(random.Next(2) == 0 ? damaged.Length : Math.Min(damaged.Length, 64));
            damaged = Once(damaged, other, at, random);
        }

        return damaged;
    }

    private static byte[] Once(byte[] bytes, byte[] other, int at, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                return bytes[..at];
            case 1:
                return [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
            case 2:
                var length = Math.Min(random.Next(1, 9), bytes.Length - at);
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 3:
                var from = random.Next(other.Length + 1);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + random.Next(64))], .. bytes[at..]];
            case 4:
                return [.. bytes, .. bytes[at..Math.Min(bytes.Length, at + random.Next(32))]];
            default:
                return Set(bytes, at, random);
        }
    }

    private static byte[] Set(byte[] bytes, int at, Random random)
    {
        byte[] damaged = [.. bytes];
        if (at < damaged.Length)
        {
            damaged[at] = random.Next(3) switch
            {
                0 => (byte)(damaged[at] ^ (1 << random.Next(8))),
                1 => _telling[random.Next(_telling.Length)],
                _ => (byte)random.Next(256),
            };
        }

        return damaged;
    }
}
