using Graft.Faults;

namespace Graft.Artifacts.Delta.Entropy;

/// <summary>What a decoder must know before the first value: the layout, the classes of the blocks, the contexts and their tables.</summary>
internal ref struct EntropyModel
{
    private const int MantissaBits = 5;
    private const int DroppedBits = 5;
    private const int LogBits = 4;
    private const int ClassBits = 4;
    private const int OriginBits = 16;

    public FloatLayout Layout;
    public int TableLog;
    public ContextMap Map;

    /// <summary>One for each block; all 0 unless <see cref="HasClasses"/>.</summary>
    public Span<byte> Classes;

    public bool HasClasses;

    /// <summary><see cref="Entropy.Buckets.MaxCount"/> for each context.</summary>
    public Span<byte> Levels;

    public bool IsUpdate;

    public readonly Buckets Buckets => new(Layout, IsUpdate, IsUpdate ? 0 : Map.Origin);

    /// <summary>Bytes that <see cref="Write"/> may need.</summary>
    public static int Bound(int blocks) => 16 + (ContextMap.MaxContexts * (1 + (Entropy.Buckets.MaxCount * 33 / 8))) + blocks;

    public readonly int Write(Span<byte> target)
    {
        var writer = new BitWriter(target);
        var buckets = Buckets.Count;
        writer.Write((uint)Layout.Mantissa, MantissaBits);
        writer.Write((uint)Layout.Dropped, DroppedBits);
        writer.Write((uint)TableLog, LogBits);
        writer.Write(HasClasses ? 1u : 0, 1);
        writer.Write((ushort)Map.Origin, OriginBits);
        writer.Write((uint)Map.Steps, 32);
        writer.Write((uint)(Map.Steps >> 32), 32);
        for (var i = 0; HasClasses && i < Classes.Length; i++)
        {
            writer.Write(Classes[i], ClassBits);
        }

        for (var context = 0; context < Map.Contexts; context++)
        {
            Frequencies.Write(Levels.Slice(context * Entropy.Buckets.MaxCount, buckets), ref writer);
        }

        writer.Align();
        return writer.Length;
    }

    /// <param name="body">What begins with what <see cref="Write"/> wrote.</param>
    /// <param name="width">Bytes of an element.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="FaultException">Corrupt: no such model.</exception>
    public int Read(ReadOnlySpan<byte> body, int width)
    {
        var reader = new BitReader(body);
        Layout = new FloatLayout(width, (int)reader.Read(MantissaBits), (int)reader.Read(DroppedBits));
        TableLog = (int)reader.Read(LogBits);
        HasClasses = reader.Read(1) == 1;
        Map = new ContextMap((short)reader.Read(OriginBits), reader.Read(32) | ((ulong)reader.Read(32) << 32));
        if (!Layout.IsValid || TableLog is < AnsTables.MinLog or > AnsTables.MaxLog || (Map.Steps & 1) != 0 || Map.Contexts > ContextMap.MaxContexts
            || (!IsUpdate && (Map.Origin < 1 || Map.Origin > Math.Max(1, Layout.MaxExponent + 1 - Entropy.Buckets.Window))))
        {
            throw FaultException.Corrupt($"The chunk has no valid model: {Layout}, tables of {TableLog} bits, {Map}.");
        }

        Classes.Clear();
        for (var i = 0; HasClasses && i < Classes.Length; i++)
        {
            Classes[i] = (byte)reader.Read(ClassBits);
        }

        var buckets = Buckets.Count;
        for (var context = 0; context < Map.Contexts; context++)
        {
            Frequencies.Read(ref reader, Levels.Slice(context * Entropy.Buckets.MaxCount, buckets));
        }

        reader.Align();
        return reader.Length;
    }

    /// <summary>Counts of a context's buckets.</summary>
    /// <exception cref="FaultException">Corrupt: no bucket occurs.</exception>
    public readonly void Count(int context, Span<int> counts)
    {
        if (context == Map.Contexts)
        {
            // Of blocks of zeros.
            counts.Clear();
            counts[0] = 1 << TableLog;
        }
        else if (!Frequencies.Count(Levels.Slice(context * Entropy.Buckets.MaxCount, counts.Length), TableLog, counts))
        {
            throw FaultException.Corrupt($"No bucket of the context {context} of the chunk occurs.");
        }
    }
}
