using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>
/// Memory between two pages that nobody may touch: a read or write one byte outside of it ends the process, where a span's neighbour
/// would be read in silence. Linux and macOS on 64 bits.
/// </summary>
internal sealed unsafe class GuardedMemory : IDisposable
{
    private const int ReadWrite = 3;
    private const int PrivateAnonymousLinux = 0x22;
    private const int PrivateAnonymousMac = 0x1002;

    private readonly byte* _mapped;
    private readonly nuint _page = (nuint)Environment.SystemPageSize;
    private readonly nuint _room;

    /// <param name="capacity">Bytes of the longest span.</param>
    public GuardedMemory(int capacity)
    {
        _room = ((nuint)capacity + _page - 1) / _page * _page;
        var flags = OperatingSystem.IsMacOS() ? PrivateAnonymousMac : PrivateAnonymousLinux;
        _mapped = (byte*)Map(null, _room + (2 * _page), ReadWrite, flags, -1, 0);
        if ((nint)_mapped == -1 || Protect(_mapped, _page, 0) != 0 || Protect(_mapped + _page + _room, _page, 0) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Part of the memory: its last bytes or its first ones, so that one of its ends is a guard.</summary>
    public Span<byte> Take(int length, bool atEnd) =>
        new(_mapped + _page + (atEnd ? _room - (nuint)length : 0), length);

    /// <summary>A copy of bytes at one of the guards.</summary>
    public ReadOnlySpan<byte> Hold(ReadOnlySpan<byte> bytes, bool atEnd)
    {
        var held = Take(bytes.Length, atEnd);
        bytes.CopyTo(held);
        return held;
    }

    public void Dispose() => _ = Unmap(_mapped, _room + (2 * _page));

    [DllImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static extern void* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static extern int Protect(void* address, nuint length, int protection);

    [DllImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static extern int Unmap(void* address, nuint length);
}
