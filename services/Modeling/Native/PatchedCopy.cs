using System.Security.Cryptography;
using Graft.Faults;

namespace Graft.Modeling.Native;

/// <summary>The patched library on disk: made once per original and kept in a cache folder under the digest of the original.</summary>
internal static class PatchedCopy
{
    /// <summary>Folders to keep the copy in, best first: the user's cache, else the temporary folder.</summary>
    public static IReadOnlyList<string> Folders()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (!Path.IsPathFullyQualified(cache ?? ""))
        {
            cache = home.Length > 0 ? Path.Combine(home, ".cache") : null;
        }

        // The shared temporary folder is only safe under a name that belongs to this user.
        var temporary = Path.Combine(Path.GetTempPath(), $"graft-{Environment.UserName}");
        return cache is null ? [temporary] : [Path.Combine(cache, "graft"), temporary];
    }

    /// <summary>Path of the patched copy of a library, made in the first of the folders that can be written.</summary>
    /// <exception cref="FaultException">Precondition: no folder can be written, or the library is not the one the patch is for.</exception>
    public static string Make(string original, IReadOnlyList<string> folders)
    {
        var bytes = File.ReadAllBytes(original);
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        var patched = Patched(original, bytes);
        var failures = new List<Exception>();
        foreach (var folder in folders)
        {
            try
            {
                return Place(patched, Path.Combine(folder, "native", digest), Path.GetFileName(original));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                failures.Add(e);
            }
        }

        throw new FaultException(
            FaultKind.Precondition,
            $"No folder for a patched copy of {Path.GetFileName(original)}: {string.Join(" ", failures.Select(e => e.Message))} "
            + "Set XDG_CACHE_HOME to a folder that can be written.",
            new AggregateException(failures));
    }

    private static byte[] Patched(string original, byte[] bytes)
    {
        try
        {
            GlibcxxPatch.Apply(bytes);
            return bytes;
        }
        catch (InvalidDataException e)
        {
            throw new FaultException(
                FaultKind.Precondition,
                $"{original} cannot be made to load on this host (its libstdc++ lacks {GlibcxxPatch.Version}): {e.Message}",
                e);
        }
    }

    private static string Place(byte[] patched, string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (Holds(path, patched))
        {
            return path;
        }

        // Written aside and renamed, so that another process sees the whole file or none; whoever renames last wins with the same bytes.
        CreatePrivate(folder);
        var temporary = Path.Combine(folder, Path.GetRandomFileName());
        try
        {
            File.WriteAllBytes(temporary, patched);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        return path;
    }

    // Compared in full: what is loaded into the process must not be what somebody else left there, or half of it.
    private static bool Holds(string path, byte[] bytes) =>
        File.Exists(path) && new FileInfo(path).Length == bytes.Length && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);

    private static void CreatePrivate(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
