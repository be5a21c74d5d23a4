using CsCheck;
using Graft.Artifacts;

namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>A chunk to encode: its bytes, what they are said to be, and a parent or none (empty).</summary>
internal sealed record Chunk(DType? DType, byte[] Raw, byte[] Parent)
{
    /// <summary>Highest 16 bits of 0, -0, least and greatest finite values, infinities, not-a-numbers with payloads; bf16, fp32 and fp16.</summary>
    private static readonly ushort[] _special =
        [0x0000, 0x8000, 0x0001, 0x8001, 0x7f7f, 0xff7f, 0x7f80, 0xff80, 0x7fc0, 0xffc1, 0x7fff, 0xffff, 0x7c00, 0xfc00, 0x7e01, 0x3f80];

    /// <summary>Elements of a block and of a tile of the codec, and of a step of its loops: lengths around their multiples are borders.</summary>
    private static readonly int[] _borders = [4, 8, 32, 128, 4096];

    /// <summary>Chunks of all types and of lengths that end inside elements and vectors, alone and with parents near and far.</summary>
    public static Gen<Chunk> Any(int maxLength) =>
        from dtype in Gen.OneOf(Gen.Const((DType?)null), Gen.Enum<DType>().Select(type => (DType?)type))
        from length in Gen.OneOf(Gen.Int[0, 100], Border(dtype, maxLength), Gen.Int[0, maxLength])
        from content in Gen.Int[0, 3]
        from relation in Gen.Int[0, 4]
        from seed in Gen.Int
        select Make(dtype, length, content, relation, new Random(seed));

    /// <summary>Weights of 16 or 32 bits, alone and with a parent that they were fine-tuned from.</summary>
    public static Gen<Chunk> Weights(int maxLength) =>
        from dtype in Gen.OneOf(Gen.Const(Graft.Artifacts.DType.BF16), Gen.Const(Graft.Artifacts.DType.F16), Gen.Const(Graft.Artifacts.DType.F32))
        from length in Gen.OneOf(Gen.Int[0, 3000], Border(dtype, maxLength), Gen.Int[0, maxLength])
        from zeroBits in Gen.OneOf(Gen.Const(0), Gen.Int[0, 31])
        from update in Gen.OneOf(Gen.Const(0.0), Gen.Double[-6.0, 1].Select(exponent => Math.Pow(10, exponent)))
        from seed in Gen.Int
        select MakeWeights(dtype, length, dtype == Graft.Artifacts.DType.F32 ? zeroBits : 0, update, new Random(seed));

    private static Gen<int> Border(DType? dtype, int maxLength) =>
        from border in Gen.OneOf(_borders.Select(Gen.Const).ToArray())
        from multiple in Gen.Int[1, 5]
        from offset in Gen.Int[-9, 9]
        select Math.Clamp((border * multiple * (dtype?.Size() ?? 1)) + offset, 0, maxLength);

    private static Chunk MakeWeights(DType dtype, int length, int zeroBits, double update, Random random)
    {
        const int Row = 200;
        var (parent, raw) = (new byte[length], new byte[length]);
        random.NextBytes(raw);
        raw.CopyTo(parent, 0);
        var (size, moved) = (dtype.Size(), 0.0);
        for (var i = 0; i < length / size; i++)
        {
            // Some rows do not move at all, the others by different amounts.
            moved = i % Row > 0 ? moved : update * Math.Max(0, Math.Pow(2, random.Next(-6, 3)) - 0.1);
            var weight = 0.02 * Normal(random);
            Write(dtype, weight, zeroBits, parent.AsSpan(i * size));
            Write(dtype, weight + (moved * Normal(random)), zeroBits, raw.AsSpan(i * size));
        }

        return new Chunk(dtype, raw, update == 0 ? [] : parent);
    }

    private static void Write(DType dtype, double value, int zeroBits, Span<byte> target)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        switch (dtype)
        {
            case Graft.Artifacts.DType.BF16: BitConverter.TryWriteBytes(target, (ushort)(bits >> 16)); break;
            case Graft.Artifacts.DType.F16: BitConverter.TryWriteBytes(target, (Half)value); break;
            default: BitConverter.TryWriteBytes(target, bits >> zeroBits << zeroBits); break;
        }
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

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
