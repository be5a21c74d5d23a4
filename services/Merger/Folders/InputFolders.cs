using Graft.Faults;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>All folders of a merge, each open once however often it occurs.</summary>
internal sealed class InputFolders : IDisposable
{
    private readonly Dictionary<string, InputFolder> _folders = new(StringComparer.Ordinal);

    public IEnumerable<InputFolder> All => _folders.Values;

    public InputFolder this[Source source] => _folders[source.Name];

    /// <summary>The folder as plans see it; null, and a problem, when it is no checkpoint.</summary>
    public Source? Open(string path, string field, string role, Problems problems)
    {
        try
        {
            var key = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
            if (!_folders.TryGetValue(key, out var folder))
            {
                folder = new InputFolder(path);
                _folders.Add(key, folder);
            }

            return folder.ToSource(field, role);
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.Invalid or FaultKind.NotFound or FaultKind.Corrupt)
        {
            problems.Add(field, fault.Message);
            return null;
        }
    }

    public void Dispose()
    {
        foreach (var folder in _folders.Values)
        {
            folder.Dispose();
        }
    }
}
