using CsCheck;
using Graft.Artifacts;

namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>A chunk to encode: its bytes, what they are said to be, and a parent or none (empty).</summary>
internal sealed record Chunk(DType? DType, byte[] Raw, byte[] Parent)
{
    /// <summary>Highest 16 bits of 0, -0, least and greatest finite values, infinities, not-a-numbers with payloads; bf16, fp32 and fp16.</summary>
    private static readonly ushort[] _special =
        [0x0000, 0x8000, 0x0001, 0x8001, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0xffc1, 0x7fff, 0xffff, 0x7c00, 0xfc00, 0x7e01, 0x3f80];

    /// <summary>Chunks of all types and of lengths that end inside elements and vectors, alone and with parents near and far.</summary>
    public static Gen<Chunk> Any(int maxLength) =>
        from dtype in Gen.OneOf(Gen.Const((DType?)null), Gen.Enum<DType>().Select(type => (DType?)type))
        from length in Gen.OneOf(Gen.Int[0, 100], Gen.Int[0, maxLength])
        from content in Gen.Int[0, 3]
        from relation in Gen.Int[0, 4]
        from seed in Gen.Int
        select Make(dtype, length, content, relation, new Random(seed));

    private static Chunk Make(DType? dtype, int length, int content, int relation, Random random)
    {
        var raw = Content(length, content, random);
        return new Chunk(dtype, raw, relation switch
        {
            0 => [],
            1 => [.. raw],
            2 => Near(raw, random),
            3 => Content(length, content, random),
            _ => Content(length, random.Next(4), random),
        });
    }

    private static byte[] Content(int length, int content, Random random)
    {
        var bytes = new byte[length];
        switch (content)
        {
            case 0:
                random.NextBytes(bytes);
                break;
            case 1:
                for (var i = 0; i + 1 < length; i += 2)
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(i), _special[random.Next(_special.Length)]);
                }

                break;
            case 2:
                for (var i = 0; i + 3 < length; i += 4)
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(i), (float)(0.1 * (random.NextDouble() - 0.5)));
                }

                break;
            default:
                bytes.AsSpan().Fill((byte)random.Next(256));
                break;
        }

        return bytes;
    }

    private static byte[] Near(byte[] raw, Random random)
    {
        byte[] near = [.. raw];
        for (var i = 0; i < near.Length; i += random.Next(1, 50))
        {
            near[i] += (byte)random.Next(-2, 3);
        }

        return near;
    }
}
