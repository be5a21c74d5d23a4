using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Graft.Artifacts;
using Microsoft.Win32.SafeHandles;

namespace Graft.Client.Contents.Disk;

/// <summary>
/// The file of one content in the disk cache: the content; the SHA-256 of each of its blocks of 256 KiB (the last one may be shorter);
/// its length in bytes (int64, little-endian); eight bytes that name this layout. The blocks' digests let a range be checked without
/// the rest of the content.
/// </summary>
internal static class CachedFile
{
    public const int BlockBytes = 256 << 10;

    private const int FooterBytes = 16;

    private static ReadOnlySpan<byte> Layout => "graftc01"u8;

    /// <summary>Length of the file of a content of <paramref name="size"/> bytes.</summary>
    public static long LengthOf(long size) => size + (BlocksOf(size) * SHA256.HashSizeInBytes) + FooterBytes;

    public static byte[] Footer(long size)
    {
        var footer = new byte[FooterBytes];
        BinaryPrimitives.WriteInt64LittleEndian(footer, size);
        Layout.CopyTo(footer.AsSpan(sizeof(long)));
        return footer;
    }

    /// <summary>Length of the content; null when the file is not a whole one of this layout.</summary>
    public static long? SizeOf(SafeFileHandle file)
    {
        Span<byte> footer = stackalloc byte[FooterBytes];
        var length = RandomAccess.GetLength(file);
        if (length < FooterBytes || !TryFill(file, footer, length - FooterBytes) || !footer[sizeof(long)..].SequenceEqual(Layout))
        {
            return null;
        }

        var size = BinaryPrimitives.ReadInt64LittleEndian(footer);
        return size >= 0 && size <= length && LengthOf(size) == length ? size : null;
    }

    /// <summary>Fills <paramref name="destination"/>, as long as the content, with all of it; false when the file is damaged.</summary>
    public static bool TryRead(SafeFileHandle file, Digest content, Span<byte> destination) =>
        TryFill(file, destination, 0) && Digest.Of(destination) == content;

    /// <summary>Fills <paramref name="destination"/> with a range of the content of <paramref name="size"/> bytes; false when the file is damaged there.</summary>
    public static bool TryRead(SafeFileHandle file, long size, long offset, Span<byte> destination)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            while (!destination.IsEmpty)
            {
                var begin = offset - (offset % BlockBytes);
                var block = buffer.AsSpan(0, (int)Math.Min(BlockBytes, size - begin));
                if (!TryReadBlock(file, size, begin, block))
                {
                    return false;
                }

                var part = block[(int)(offset - begin)..];
                part = part[..Math.Min(part.Length, destination.Length)];
                part.CopyTo(destination);
                offset += part.Length;
                destination = destination[part.Length..];
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool TryReadBlock(SafeFileHandle file, long size, long begin, Span<byte> block)
    {
        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> found = stackalloc byte[SHA256.HashSizeInBytes];
        if (!TryFill(file, expected, size + (begin / BlockBytes * SHA256.HashSizeInBytes)) || !TryFill(file, block, begin))
        {
            return false;
        }

        SHA256.HashData(block, found);
        return found.SequenceEqual(expected);
    }

    private static long BlocksOf(long size) => (size + BlockBytes - 1) / BlockBytes;

    private static bool TryFill(SafeFileHandle file, Span<byte> destination, long offset)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
            {
                return false;
            }

            offset += read;
            destination = destination[read..];
        }

        return true;
    }
}
