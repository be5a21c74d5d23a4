using System.Diagnostics;
using System.Globalization;
using Graft.Faults;

namespace Graft.Cli.Connections;

/// <summary>
/// One process at a time uses a store folder as its own. The lock is the operating system's, on an open file, so that a process that is
/// killed leaves none behind; who holds it is told by a second file.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private const string LockFile = "graft.lock";
    private const string HolderFile = "graft.pid";
    private const string StaysWord = "stays";

    private readonly FileStream _lock;
    private readonly string _holder;

    private StoreLock(FileStream file, string holder)
    {
        _lock = file;
        _holder = holder;
    }

    /// <exception cref="FaultException">Precondition: another process uses the folder.</exception>
    public static StoreLock Take(string folder)
    {
        Directory.CreateDirectory(folder);
        var holder = Path.Combine(folder, HolderFile);
        try
        {
            return new StoreLock(
                new FileStream(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None), holder);
        }
        catch (IOException exception) when (exception is not (PathTooLongException or DirectoryNotFoundException or FileNotFoundException))
        {
            throw new FaultException(FaultKind.Precondition, $"The store {folder} is in use by {Describe(holder)}.", exception);
        }
    }

    /// <summary>Where the process that uses the folder serves it; null when there is none, or it does not say yet.</summary>
    public static Uri? FindHolder(string folder)
    {
        // The lock itself is left alone: to try it would be to hold it for a moment, in which another process might want it.
        return Read(folder) is { Address: var address } ? address : null;
    }

    /// <summary>The same, but only a process that goes on when what it was started for is done: graft serve.</summary>
    public static Uri? FindServer(string folder) => Read(folder) is { Stays: true, Address: var address } ? address : null;

    /// <summary>Tells others where this process serves the store, and whether it does so until it is stopped.</summary>
    public void Announce(Uri address, bool stays = false) =>
        File.WriteAllText(_holder, $"{Environment.ProcessId} {address.GetLeftPart(UriPartial.Authority)}{(stays ? $" {StaysWord}" : "")}\n");

    public void Dispose()
    {
        File.Delete(_holder);
        _lock.Dispose();
    }

    private static (Uri Address, bool Stays)? Read(string folder)
    {
        var holder = Path.Combine(folder, HolderFile);
        return File.Exists(holder) && File.ReadAllText(holder).Trim().Split(' ') is [var process, var address, .. var rest] && IsAlive(process)
            ? (new Uri(address), rest is [StaysWord])
            : null;
    }

    private static bool IsAlive(string process)
    {
        try
        {
            using var alive = Process.GetProcessById(int.Parse(process, CultureInfo.InvariantCulture));
            return !alive.HasExited;
        }
        catch (ArgumentException)
        {
            // Killed, it has left its note behind.
            return false;
        }
    }

    private static string Describe(string holder)
    {
        try
        {
            return File.ReadAllText(holder).Trim().Split(' ') is [var process, var address, ..]
                ? $"process {process}; wait for it, or use its server: --server {address}"
                : "another process, which is just starting; try again";
        }
        catch (IOException)
        {
            return "another process, which is just starting or ending; try again";
        }
    }
}
