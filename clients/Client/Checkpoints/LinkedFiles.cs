using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>
/// A folder from somebody else may hold links: "tokenizer.json" that is a key of this machine's user, and would land in a store that
/// others read. What is imported for its name alone must lie in its folder, or in the cache of Hugging Face it belongs to, whose
/// snapshots link to blobs beside them.
/// </summary>
public static class LinkedFiles
{
    // As many as Linux follows.
    private const int MaxLinks = 40;

    /// <param name="folder">The folder that is imported.</param>
    /// <param name="file">A file in it.</param>
    /// <exception cref="FaultException">Invalid: it is a link that leads elsewhere.</exception>
    public static void Check(string folder, string file)
    {
        if (new FileInfo(file).LinkTarget is null)
        {
            return;
        }

        var target = Real(file, 0);
        if (!Roots(Real(folder, 0)).Any(root => target.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
        {
            throw FaultException.Invalid($"{file} is a link to {target}, outside of its folder: copy the file there if it is meant.");
        }
    }

    private static IEnumerable<string> Roots(string folder)
    {
        yield return folder;
        if (Path.GetDirectoryName(folder) is { } snapshots && Path.GetFileName(snapshots) == "snapshots")
        {
            yield return Path.Combine(Path.GetDirectoryName(snapshots)!, "blobs");
        }
    }

    // Every part of the path resolved: a link inside a linked folder must not hide where it leads.
    private static string Real(string path, int links)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var real = Path.GetPathRoot(full)!;
        foreach (var part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(real, part);
            real = new FileInfo(next).LinkTarget is not { } target ? next
                : links < MaxLinks ? Real(Path.Combine(real, target), links + 1)
                : throw FaultException.Invalid($"{path} leads through more than {MaxLinks} links.");
        }

        return real;
    }
}
