using Graft.Faults;
using Graft.Modeling.Native;
using Xunit;

namespace Graft.Tests.Unit.Modeling.Native;

public sealed class PatchedCopyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-patch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_copy_is_made_once_and_used_again()
    {
        var first = PatchedCopy.Make(Original(), [_folder]);
        var made = File.GetLastWriteTimeUtc(first);

        var second = PatchedCopy.Make(Original(), [_folder]);

        Assert.Equal(first, second);
        Assert.Equal(made, File.GetLastWriteTimeUtc(second));
        Assert.StartsWith(Path.Combine(_folder, "native"), first, StringComparison.Ordinal);
        Assert.Equal(Patched(), File.ReadAllBytes(first));
    }

    [Fact]
    public void A_damaged_copy_is_made_again()
    {
        var copy = PatchedCopy.Make(Original(), [_folder]);
        File.WriteAllBytes(copy, [1, 2, 3]);

        PatchedCopy.Make(Original(), [_folder]);

        Assert.Equal(Patched(), File.ReadAllBytes(copy));
    }

    [Fact]
    public void The_next_folder_serves_where_the_first_cannot_be_written()
    {
        var file = Path.Combine(_folder, "no-folder");
        File.WriteAllText(file, "");
        var second = Path.Combine(_folder, "second");

        var copy = PatchedCopy.Make(Original(), [file, second]);

        Assert.StartsWith(second, copy, StringComparison.Ordinal);
    }

    [Fact]
    public void With_no_folder_to_write_the_message_says_what_to_do()
    {
        var file = Path.Combine(_folder, "no-folder");
        File.WriteAllText(file, "");

        var fault = Assert.Throws<FaultException>(() => PatchedCopy.Make(Original(), [file]));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("XDG_CACHE_HOME", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Makers_at_the_same_time_leave_one_whole_copy()
    {
        var copies = new string[8];

        Parallel.For(0, copies.Length, i => copies[i] = PatchedCopy.Make(Original(), [_folder]));

        var copy = Assert.Single(copies.Distinct());
        Assert.Equal(Patched(), File.ReadAllBytes(copy));
        Assert.Equal([copy], Directory.GetFiles(Path.GetDirectoryName(copy)!));
    }

    [Fact]
    public void Another_library_than_the_one_meant_is_refused()
    {
        var other = Path.Combine(_folder, "other.so");
        File.WriteAllText(other, "no library");

        var fault = Assert.Throws<FaultException>(() => PatchedCopy.Make(other, [_folder]));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
    }

    [Fact]
    public void Published_and_built_outputs_are_both_searched()
    {
        var built = Directory.CreateDirectory(Path.Combine(_folder, "runtimes", "linux-x64", "native")).FullName;
        File.WriteAllText(Path.Combine(built, "a.so"), "");
        File.WriteAllText(Path.Combine(_folder, "b.so"), "");

        Assert.Equal(Path.Combine(built, "a.so"), NativeFolder.Find("a.so", [_folder, built]));
        Assert.Equal(Path.Combine(_folder, "b.so"), NativeFolder.Find("b.so", [_folder, built]));
        Assert.Null(NativeFolder.Find("c.so", [_folder, built]));
    }

    private static string Original()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The library is Linux's.");
        return NativeFolder.Find("libLibTorchSharp.so")!;
    }

    private static byte[] Patched()
    {
        var bytes = File.ReadAllBytes(Original());
        GlibcxxPatch.Apply(bytes);
        return bytes;
    }
}
