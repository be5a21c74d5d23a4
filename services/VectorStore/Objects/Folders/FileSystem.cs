using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Graft.VectorStore.Objects.Folders;

/// <summary>The two things .NET's file API cannot do: create a name atomically for a finished file, and flush a whole file system.</summary>
internal static partial class FileSystem
{
    // Same number on Linux and macOS.
    private const int AlreadyExists = 17;

    /// <summary>
    /// Gives the file <paramref name="from"/> the name <paramref name="to"/> unless that exists; false when it does. Of several at once,
    /// one wins. The name <paramref name="from"/> may be left over.
    /// </summary>
    public static bool TryName(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(from, to);
        }

        // File.Move without overwrite looks first and renames then: of two at once both would win.
        if (Link(from, to) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error == AlreadyExists
            ? false
            : throw new IOException($"Cannot link '{from}' to '{to}': {Marshal.GetPInvokeErrorMessage(error)}.", new Win32Exception(error));
    }

    /// <summary>Waits until everything written to the file system of an open file is on the disk. Linux only.</summary>
    public static void Sync(SafeFileHandle handle)
    {
        if (SyncFileSystem(handle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"The file system cannot be flushed: {Marshal.GetPInvokeErrorMessage(error)}.", new Win32Exception(error));
        }
    }

    private static bool TryMove(string from, string to)
    {
        try
        {
            File.Move(from, to, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(to))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SyncFileSystem(SafeFileHandle handle);
}
