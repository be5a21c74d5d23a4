using System.Xml.Linq;

namespace Graft.Tests.Unit.Architecture;

/// <summary>The repository's own files, by paths relative to its root with forward slashes.</summary>
internal static class SourceTree
{
    private static readonly string[] _notOurs = [".git", "artifacts", "bin", "obj"];

    public static IReadOnlyList<string> Files { get; } = [.. Walk(SharedData.Repository).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> CSharp => Files.Where(path => path.EndsWith(".cs", StringComparison.Ordinal));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(SharedData.Repository, path));

    /// <summary>Projects a project references, each by the name of its file.</summary>
    public static IReadOnlyList<string> References(string path) =>
        [.. XDocument.Load(Path.Combine(SharedData.Repository, path)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value))
            .Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            yield return Path.GetRelativePath(SharedData.Repository, file).Replace('\\', '/');
        }

        foreach (var inner in Directory.EnumerateDirectories(folder).Where(inner => !_notOurs.Contains(Path.GetFileName(inner))))
        {
            foreach (var file in Walk(inner))
            {
                yield return file;
            }
        }
    }
}
