using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Faults;

namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>
/// Decodes damaged chunks of every codec and kind of element. Encoded bytes, parent and result each lie at the edge of guarded memory.
/// </summary>
internal sealed class ChunkFuzz : IFuzzTarget
{
    private const int HeaderSize = 6;
    private const int MaxElements = 700;
    private const int Seeds = 512;
    private const int Capacity = 1 << 16;

    private readonly List<(byte[] Encoded, byte[] Parent, int Length)> _chunks = [];
    private readonly GuardedMemory _encoded = new(Capacity);
    private readonly GuardedMemory _parent = new(Capacity);
    private readonly GuardedMemory _raw = new(Capacity);

    public ChunkFuzz(Random random)
    {
        while (_chunks.Count < Seeds)
        {
            var dtype = Enum.GetValues<DType>()[random.Next(Enum.GetValues<DType>().Length)];
            var (raw, parent) = Weights(dtype, random);
            if (random.Next(3) == 0)
            {
                parent = [];
            }

            _chunks.Add((ContentCodec.Encode(raw, dtype, parent), parent, raw.Length));
        }
    }

    public string Name => "chunks";

    public FuzzEnd Run(Random random)
    {
        var (seed, parent, length) = _chunks[random.Next(_chunks.Count)];
        var damaged = Mutation.Damage(seed, _chunks[random.Next(_chunks.Count)].Encoded, random);
        if (damaged.Length > Capacity)
        {
            damaged = damaged[..Capacity];
        }

        if (damaged.Length >= HeaderSize && random.Next(4) > 0)
        {
            // A wrong header would keep most cases from the body.
            seed.AsSpan(0, HeaderSize).CopyTo(damaged);
            damaged[0] = random.Next(8) > 0 ? damaged[0] : (byte)random.Next(8);
            damaged[1] = random.Next(8) > 0 ? damaged[1] : (byte)((random.Next(2) << 4) | (1 << random.Next(4)));
        }

        length = random.Next(16) == 0 ? random.Next((2 * length) + 1) : length;
        parent = parent.Length == length && random.Next(8) > 0 ? parent : random.Next(2) == 0 ? [] : new byte[length];
        try
        {
            var edge = random.Next(8);
            ContentCodec.Decode(
                _encoded.Hold(damaged, (edge & 1) == 0), _parent.Hold(parent, (edge & 2) == 0), _raw.Take(length, (edge & 4) == 0));
            return FuzzEnd.Taken;
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            return FuzzEnd.Refused;
        }
    }

    public void Dispose()
    {
        _encoded.Dispose();
        _parent.Dispose();
        _raw.Dispose();
    }

    private static (byte[] Raw, byte[] Parent) Weights(DType dtype, Random random)
    {
        var elements = random.Next(MaxElements);
        var (size, zeroBits) = (dtype.Size(), random.Next(3) == 0 ? random.Next(24) : 0);
        var (raw, parent) = (new byte[(elements * size) + random.Next(size)], Array.Empty<byte>());
        parent = new byte[raw.Length];
        var update = Math.Pow(10, -random.Next(1, 6));
        for (var i = 0; i < elements; i++)
        {
            var weight = random.NextDouble() - 0.5;
            Write(dtype, weight, zeroBits, parent.AsSpan(i * size));
            Write(dtype, i / 128 % 3 == 2 ? weight : weight + (update * (random.NextDouble() - 0.5)), zeroBits, raw.AsSpan(i * size));
        }

        return (raw, parent);
    }

    private static void Write(DType dtype, double value, int zeroBits, Span<byte> target)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        switch (dtype)
        {
            case DType.BF16: BitConverter.TryWriteBytes(target, (ushort)(bits >> 16)); break;
            case DType.F16: BitConverter.TryWriteBytes(target, (Half)value); break;
            case DType.F32: BitConverter.TryWriteBytes(target, bits >> zeroBits << zeroBits); break;
            case DType.F64: BitConverter.TryWriteBytes(target, value); break;
            default: target[0] = (byte)(value * 40); break;
        }
    }
}
