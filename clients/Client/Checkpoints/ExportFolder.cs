using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>A folder that appears under its name only when it is complete; until then it has a temporary name beside it.</summary>
internal sealed class ExportFolder : IDisposable
{
    private readonly string _target;
    private readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);
    private bool _isComplete;

    /// <param name="target">The folder to be; must not exist, or be empty.</param>
    /// <param name="size">Bytes to come.</param>
    /// <exception cref="FaultException">Exists: the folder is not empty. Precondition: it cannot be made, or the disk is too small.</exception>
    public ExportFolder(string target, long size)
    {
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));
        if (File.Exists(_target) || (Directory.Exists(_target) && Directory.EnumerateFileSystemEntries(_target).Any()))
        {
            throw new FaultException(FaultKind.Exists, $"'{_target}' is there already and not an empty folder; choose another or remove it.");
        }

        Temporary = $"{_target}.{Path.GetRandomFileName()}.partial";
        try
        {
            Directory.CreateDirectory(Temporary);
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
        var path = Path.GetFullPath(Path.Combine(Temporary, relative));
        if (relative.Contains('\\')
            || !path.StartsWith(Temporary + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            || path.EndsWith(Path.DirectorySeparatorChar)
            || !_taken.Add(path))
        {
            throw FaultException.Invalid($"The file '{relative}' of the artifact has no place in a folder of its own.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        return path;
    }

    public void Complete()
    {
        if (Directory.Exists(_target))
        {
            // Empty, as was checked; if it no longer is, this fails and nothing is lost.
            Directory.Delete(_target);
        }

        Directory.Move(Temporary, _target);
        _isComplete = true;
    }

    public void Dispose()
    {
        if (!_isComplete && Directory.Exists(Temporary))
        {
            Directory.Delete(Temporary, recursive: true);
        }
    }

    private void CheckSpace(long size)
    {
        var free = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(Temporary)! : Temporary).AvailableFreeSpace;
        if (free < size)
        {
            Dispose();
            throw new FaultException(FaultKind.Precondition, $"'{_target}' needs {size} bytes, and its disk has {free} free.");
        }
    }
}
