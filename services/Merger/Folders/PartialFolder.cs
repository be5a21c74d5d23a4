using Graft.Faults;

namespace Graft.Merger.Folders;

/// <summary>
/// A folder in the making, under the name of the target with ".partial" behind it. What was complete in it when a merge was interrupted
/// or killed is used by the next one with the same key; with another key it begins anew. One process at a time works in it.
/// </summary>
internal sealed class PartialFolder : IDisposable
{
    private const string KeyFile = ".key";
    private const string LockFile = ".lock";

    private readonly string _target;
    private FileStream? _lock;
    private bool _isComplete;

    /// <param name="target">The folder to be; must not exist, or be empty.</param>
    /// <param name="key">Of all that decides what will be in it.</param>
    /// <exception cref="FaultException">Exists: the target is not empty. Precondition: it cannot be made, or somebody else is making it.</exception>
    public PartialFolder(string target, string key)
    {
        _target = FullPath(target);
        if (IsTaken(_target))
        {
            throw new FaultException(FaultKind.Exists, Taken(_target));
        }

        Location = $"{_target}.partial";
        try
        {
            Directory.CreateDirectory(Location);
            _lock = new FileStream(Path.Combine(Location, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            Prepare(key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _lock?.Dispose();
            throw new FaultException(
                FaultKind.Precondition,
                $"'{Location}' cannot be written ({exception.Message.TrimEnd('.')}); if another merge is writing it, let it finish.",
                exception);
        }
    }

    /// <summary>Where to put the files.</summary>
    public string Location { get; }

    public static string FullPath(string target) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(target));

    /// <summary>Whether there is something already that must not be touched.</summary>
    public static bool IsTaken(string target) =>
        File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any());

    public static string Taken(string target) => $"'{target}' is there already and not an empty folder; choose another or remove it.";

    /// <summary>Gives the folder its name.</summary>
    public void Complete()
    {
        File.Delete(Path.Combine(Location, KeyFile));
        Unlock();
        if (Directory.Exists(_target))
        {
            // Empty, as was checked; if it no longer is, this fails and nothing is lost.
            Directory.Delete(_target);
        }

        Directory.Move(Location, _target);
        _isComplete = true;
    }

    /// <summary>Without <see cref="Complete"/> before, what is complete stays for the next merge; when there is nothing, nothing stays.</summary>
    public void Dispose()
    {
        if (_isComplete || _lock is null)
        {
            return;
        }

        if (Directory.EnumerateFiles(Location, "*.safetensors").Any())
        {
            Unlock();
            return;
        }

        foreach (var file in Directory.EnumerateFiles(Location).Where(file => Path.GetFileName(file) != LockFile))
        {
            File.Delete(file);
        }

        Unlock();
        try
        {
            Directory.Delete(Location);
        }
        catch (IOException)
        {
            // Another merge has begun in it.
        }
    }

    private void Prepare(string key)
    {
        var path = Path.Combine(Location, KeyFile);
        var isSame = File.Exists(path) && File.ReadAllText(path) == key;
        foreach (var file in Directory.EnumerateFiles(Location).Where(file => Path.GetFileName(file) != LockFile))
        {
            if (!isSame || (Path.GetExtension(file) != ".safetensors" && file != path))
            {
                File.Delete(file);
            }
        }

        if (!isSame)
        {
            File.WriteAllText(path, key);
        }
    }

    private void Unlock()
    {
        // Goes with its file.
        _lock?.Dispose();
        _lock = null;
    }
}
