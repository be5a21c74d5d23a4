using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>
/// A folder that appears under its name only when it is complete; until then it has ".partial" behind its name, and may hold what an
/// earlier export has left. One export at a time writes there.
/// </summary>
internal sealed class ExportFolder : IDisposable
{
    private const string LockName = ".lock";

    private readonly string _target;
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly FileStream _lock;
    private bool _isToStay;

    /// <param name="target">The folder to be; must not exist, or be empty.</param>
    /// <param name="size">Bytes to come.</param>
    /// <exception cref="FaultException">
    /// Exists: the folder is not empty. Conflict: another export writes there. Precondition: it cannot be made, or the disk is too small.
    /// </exception>
    public ExportFolder(string target, long size)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (File.Exists(_target) || (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any()))
        {
            throw new FaultException(FaultKind.Exists, $"'{_target}' is there already and not an empty folder; choose another or remove it.");
        }

        Temporary = $"{_target}.partial";
        try
        {
            Directory.CreateDirectory(Temporary);
            RefuseLinks();
            _lock = TakeLock();
            _taken.Add(_lock.Name);
            CheckSpace(size);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FaultException(FaultKind.Precondition, $"'{_target}' cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Where to put the files.</summary>
    public string Temporary { get; }

    /// <summary>The full path for a file, whose folder is made; no path leads out of here, none is given twice.</summary>
    /// <exception cref="FaultException">Invalid: the path leads elsewhere, or is taken.</exception>
    public string Place(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(Temporary, relative.Replace('\0', '\\')));
        if (relative.AsSpan().ContainsAny('\\', '\0')
            || !path.StartsWith(Temporary + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || path.EndsWith(Path.DirectorySeparatorChar)
            || !_taken.Add(path))
        {
            throw FaultException.Invalid($"The file '{relative}' of the artifact has no place in a folder of its own.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    /// <summary>What is there is to be found by the next export to this folder.</summary>
    public void KeepForNext() => _isToStay = true;

    public void Complete()
    {
        _lock.Dispose();
        File.Delete(_lock.Name);
        foreach (var path in Directory.EnumerateFiles(Temporary, "*", SearchOption.AllDirectories).Where(path => !_taken.Contains(path)))
        {
            // What an export of something else has left.
            File.Delete(path);
        }

        if (Directory.Exists(_target))
        {
            // Empty, as was checked; if it no longer is, this fails and nothing is lost.
            Directory.Delete(_target);
        }

        Directory.Move(Temporary, _target);
        _isToStay = true;
    }

    public void Dispose()
    {
        _lock.Dispose();
        if (!_isToStay && Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true);
        }
    }

    // Somebody else may have prepared the folder: what is written, or deleted, through a link would be elsewhere.
    private void RefuseLinks()
    {
        if (Links(new DirectoryInfo(Temporary)).FirstOrDefault() is { } link)
        {
            throw FaultException.Precondition($"'{link.FullName}' is a link, and an export writes into its own folder only: remove it.");
        }
    }

    private static IEnumerable<FileSystemInfo> Links(DirectoryInfo folder) => folder.LinkTarget is not null
        ? [folder]
        : folder.EnumerateFileSystemInfos().SelectMany(entry => entry switch
        {
            DirectoryInfo inner => Links(inner),
            { LinkTarget: not null } => [entry],
            _ => Enumerable.Empty<FileSystemInfo>(),
        });

    private FileStream TakeLock()
    {
        try
        {
            return new FileStream(Path.Combine(Temporary, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new FaultException(FaultKind.Conflict, $"Another export writes '{_target}' at the moment.", exception);
        }
    }

    private void CheckSpace(long size)
    {
        // What an earlier export has left will be used or written over.
        var left = new DirectoryInfo(Temporary).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Temporary)! : Temporary).AvailableFreeSpace;
        if (free < size - left)
        {
            Dispose();
            throw new FaultException(FaultKind.Precondition, $"'{_target}' needs {size - left} more bytes, and its disk has {free} free.");
        }
    }
}
