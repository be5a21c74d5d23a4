using System.Buffers.Binary;

namespace Graft.Trainer.Datasets;

/// <summary>
/// Looks whether the footer of a Parquet file is well-formed: a Thrift struct in the compact protocol that fills the footer exactly. The
/// library that reads it runs on and on where a damaged length sends it; this stops before. Values are not looked at.
/// </summary>
internal ref struct ParquetFooter
{
    private const int DeepestNesting = 32;
    private const int TailBytes = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private int _at;

    private ParquetFooter(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    private readonly int Left => _bytes.Length - _at;

    /// <exception cref="InvalidDataException">It is not; the message says why.</exception>
    public static async Task CheckAsync(Stream stream, CancellationToken cancellationToken)
    {
        var tail = new byte[TailBytes];
        if (stream.Length < TailBytes + 4)
        {
            throw new InvalidDataException($"it has {stream.Length} bytes");
        }

        stream.Position = stream.Length - TailBytes;
        await stream.ReadExactlyAsync(tail, cancellationToken);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!tail.AsSpan(4).SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("it does not end in PAR1");
        }

        if (length <= 0 || length > stream.Length - TailBytes - 4)
        {
            throw new InvalidDataException($"its footer says it is {length} bytes long");
        }

        var footer = new byte[length];
        stream.Position = stream.Length - TailBytes - length;
        await stream.ReadExactlyAsync(footer, cancellationToken);
        stream.Position = 0;
        Check(footer);
    }

    private static void Check(ReadOnlySpan<byte> footer)
    {
        var walk = new ParquetFooter(footer);
        walk.Struct(0);
        if (walk.Left != 0)
        {
            throw new InvalidDataException($"its footer ends {walk.Left} bytes early");
        }
    }

    private void Struct(int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new InvalidDataException("its footer is nested too deep");
        }

        while (Byte() is not 0 and var header)
        {
            if (header >> 4 == 0)
            {
                Number();
            }

            Value(header & 0xF, depth, isElement: false);
        }
    }

    private void Value(int type, int depth, bool isElement)
    {
        switch (type)
        {
            case 1 or 2:
                // The truth of a field is in its type; elements of a list have a byte each.
                Skip(isElement ? 1UL : 0);
                break;
            case 3:
                Skip(1);
                break;
            case 4 or 5 or 6:
                Number();
                break;
            case 7:
                Skip(8);
                break;
            case 8:
                Skip(Number());
                break;
            case 9 or 10:
                List(depth);
                break;
            case 12:
                Struct(depth + 1);
                break;
            default:
                throw new InvalidDataException($"its footer has the type {type}");
        }
    }

    private void List(int depth)
    {
        var header = Byte();
        var size = header >> 4 == 0xF ? Number() : (ulong)(header >> 4);
        if (size > (ulong)Left)
        {
            throw new InvalidDataException($"its footer has a list of {size}");
        }

        for (var i = 0UL; i < size; i++)
        {
            Value(header & 0xF, depth + 1, isElement: true);
        }
    }

    private int Byte()
    {
        Skip(1);
        return _bytes[_at - 1];
    }

    private ulong Number()
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }

        throw new InvalidDataException("its footer has a number without end");
    }

    private void Skip(ulong count)
    {
        if (count > (ulong)Left)
        {
            throw new InvalidDataException("its footer ends too early");
        }

        _at += (int)count;
    }
}
