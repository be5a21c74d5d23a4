using System.Buffers.Binary;
using System.Text;

namespace Graft.Modeling.Native;

/// <summary>
/// Rewrites a 64-bit little-endian ELF library so that it loads where libstdc++ is older than GCC 13.
/// libLibTorchSharp.so imports one symbol of GLIBCXX_3.4.32, <c>std::ios_base_library_init()</c>, an empty start-up hook that
/// libtorch_cpu.so's own initialisation makes redundant. The patch points that import at a harmless function the library
/// already imports and marks the version requirement weak, so the dynamic linker no longer insists on it.
/// </summary>
internal static class GlibcxxPatch
{
    internal const string Version = "GLIBCXX_3.4.32";
    private const string Hook = "_ZSt21ios_base_library_initv";
    private const string StandIn = "_ZNSt6chrono3_V212steady_clock3nowEv";

    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const ushort WeakFlag = 0x2;

    /// <summary>
    /// Patches <paramref name="elf"/> in place: at most eight bytes change. False when nothing had to be done, because the library does not
    /// need <see cref="Version"/> or is patched already.
    /// </summary>
    /// <exception cref="InvalidDataException">The file is no ELF64 library of the expected shape; it may be half patched then.</exception>
    public static bool Apply(Span<byte> elf)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            throw new InvalidDataException("It is no 64-bit little-endian ELF file.");
        }

        try
        {
            return ApplyToElf(elf);
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // Every offset comes from the file, and every access is checked by Span.
            throw new InvalidDataException("It is a damaged ELF file: an offset points outside it.", e);
        }
    }

    private static bool ApplyToElf(Span<byte> elf)
    {
        var dynsym = Find(elf, 11);
        var verneed = Find(elf, 0x6ffffffe);
        var versym = Find(elf, 0x6fffffff);
        var strings = Section(elf, dynsym.Link);
        if (FindRequirement(elf, verneed, Section(elf, verneed.Link)) is not { } requirement)
        {
            return false;
        }

        var flags = U16(elf, requirement + 4);
        if (Symbol(elf, dynsym, strings, Hook) is not { } hook)
        {
            return (flags & WeakFlag) != 0 ? false : throw new InvalidDataException($"It needs {Version}, but does not import {Hook}.");
        }

        var standIn = Symbol(elf, dynsym, strings, StandIn) ?? throw new InvalidDataException($"It does not import {StandIn}.");
        BinaryPrimitives.WriteUInt16LittleEndian(elf[(requirement + 4)..], (ushort)(flags | WeakFlag));
        elf.Slice(At(dynsym, standIn, SymbolSize), 4).CopyTo(elf[At(dynsym, hook, SymbolSize)..]);
        elf.Slice(At(versym, standIn, 2), 2).CopyTo(elf[At(versym, hook, 2)..]);
        return true;
    }

    private static int At(SectionHeader section, int index, int size) => checked((int)section.Offset + (index * size));

    /// <summary>Where the entry for <see cref="Version"/> is in the list of versions needed of each library.</summary>
    private static int? FindRequirement(ReadOnlySpan<byte> elf, SectionHeader verneed, SectionHeader strings)
    {
        var library = checked((int)verneed.Offset);
        while (true)
        {
            var entry = checked(library + (int)U32(elf, library + 8));
            for (int i = 0, count = U16(elf, library + 2); i < count; i++)
            {
                if (Text(elf, strings, U32(elf, entry + 8)) == Version)
                {
                    return entry;
                }

                entry = checked(entry + (int)U32(elf, entry + 12));
            }

            var next = checked((int)U32(elf, library + 12));
            if (next == 0)
            {
                return null;
            }

            library = checked(library + next);
        }
    }

    private static int? Symbol(ReadOnlySpan<byte> elf, SectionHeader dynsym, SectionHeader strings, string name)
    {
        for (var i = 0; i < (int)(dynsym.Size / SymbolSize); i++)
        {
            if (Text(elf, strings, U32(elf, At(dynsym, i, SymbolSize))) == name)
            {
                return i;
            }
        }

        return null;
    }

    private static SectionHeader Find(ReadOnlySpan<byte> elf, uint type)
    {
        int count = U16(elf, 60);
        for (var i = 0; i < count; i++)
        {
            var header = Section(elf, (uint)i);
            if (header.Type == type)
            {
                return header;
            }
        }

        throw new InvalidDataException($"It has no section of type 0x{type:x}.");
    }

    private static SectionHeader Section(ReadOnlySpan<byte> elf, uint index)
    {
        var at = checked((int)U64(elf, 40) + ((int)index * SectionHeaderSize));
        return new SectionHeader(U32(elf, at + 4), U64(elf, at + 24), U64(elf, at + 32), U32(elf, at + 40));
    }

    private static string Text(ReadOnlySpan<byte> elf, SectionHeader strings, uint offset)
    {
        var text = elf[checked((int)(strings.Offset + offset))..];
        return Encoding.ASCII.GetString(text[..text.IndexOf((byte)0)]);
    }

    private static ushort U16(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf[at..]);

    private static uint U32(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf[at..]);

    private static ulong U64(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt64LittleEndian(elf[at..]);

    private readonly record struct SectionHeader(uint Type, ulong Offset, ulong Size, uint Link);
}
