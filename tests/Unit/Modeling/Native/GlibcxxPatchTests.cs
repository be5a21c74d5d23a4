using System.Buffers.Binary;
using Graft.Modeling.Native;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Native;

public sealed class GlibcxxPatchTests
{
    [Fact]
    public void The_real_library_changes_in_three_places_only()
    {
        var original = RealLibrary();
        var patched = original.ToArray();

        var changed = GlibcxxPatch.Apply(patched);

        var places = ChangedRuns(original, patched);
        Assert.True(changed);
        Assert.Equal(3, places.Count);
        Assert.InRange(places.Sum(place => place.Length), 3, 8);
        // In file order: the name of the symbol (4 bytes), its version (2 bytes), the weak flag (0 becomes 2).
        Assert.Equal("_ZNSt6chrono3_V212steady_clock3nowEv", SymbolName(patched, places[0].Start));
        Assert.Equal("_ZSt21ios_base_library_initv", SymbolName(original, places[0].Start));
        var flag = Assert.Single(places, place => place.Length == 1 && original[place.Start] == 0 && patched[place.Start] == 2);
        Assert.Equal(places[2], flag);
    }

    [Fact]
    public void A_second_application_is_harmless()
    {
        var once = RealLibrary();
        GlibcxxPatch.Apply(once);
        var twice = once.ToArray();

        Assert.False(GlibcxxPatch.Apply(twice));
        Assert.Equal(once, twice);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(4096)]
    public void What_is_no_library_is_refused(int length) =>
        Assert.Throws<InvalidDataException>(() => GlibcxxPatch.Apply(new byte[length]));

    [Fact]
    public void A_library_cut_short_is_refused()
    {
        var library = RealLibrary();

        Assert.Throws<InvalidDataException>(() => GlibcxxPatch.Apply(library.AsSpan(0, library.Length / 2)));
    }

    [Fact]
    public void Damage_anywhere_in_the_headers_is_refused_or_survived()
    {
        var library = RealLibrary();
        var random = new Random(1);
        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(library.AsSpan(40));
        for (var i = 0; i < 40; i++)
        {
            var damaged = library.ToArray();
            random.NextBytes(damaged.AsSpan(sections + random.Next(64 * 30), 8));
            damaged[random.Next(16, 64)] ^= (byte)random.Next(1, 256);

            var error = Record.Exception(() => GlibcxxPatch.Apply(damaged));

            Assert.True(error is null or InvalidDataException, $"{error}");
        }
    }

    private static byte[] RealLibrary()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        return File.ReadAllBytes(NativeFolder.Find("libLibTorchSharp.so")!);
    }

    private static List<(int Start, int Length)> ChangedRuns(byte[] a, byte[] b)
    {
        Assert.Equal(a.Length, b.Length);
        var runs = new List<(int Start, int Length)>();
        for (var i = 0; i < a.Length; i++)
        {
            if (a[i] == b[i])
            {
                continue;
            }

            // Bytes of one field may happen to be equal in between.
            if (runs.Count > 0 && i - runs[^1].Start < 4)
            {
                runs[^1] = (runs[^1].Start, i - runs[^1].Start + 1);
            }
            else
            {
                runs.Add((i, 1));
            }
        }

        return runs;
    }

    // The text that a name field near this offset points to; fields are four bytes, symbols 24, and the first byte may be unchanged.
    private static string SymbolName(byte[] elf, int near)
    {
        var names = Enumerable.Range(near - 3, 4).Select(at => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at)));
        var strings = DynamicStrings(elf);
        return names.Where(name => name < strings.Length)
            .Select(name => System.Text.Encoding.ASCII.GetString(strings[(int)name..]).Split('\0')[0])
            .First(name => name is "_ZSt21ios_base_library_initv" or "_ZNSt6chrono3_V212steady_clock3nowEv");
    }

    private static byte[] DynamicStrings(byte[] elf)
    {
        var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(40));
        var dynsym = Enumerable.Range(0, 60).Select(i => sections + (i * 64))
            .First(at => BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(at + 4)) == 11);
        var strings = sections + ((int)BinaryPrimitives.ReadUInt32LittleEndian(elf.AsSpan(dynsym + 40)) * 64);
        var offset = (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(strings + 24));
        return elf[offset..(offset + (int)BinaryPrimitives.ReadUInt64LittleEndian(elf.AsSpan(strings + 32)))];
    }
}
