namespace Graft.Modeling.Native;

/// <summary>Where native libraries lie: beside the program when published for a platform, under runtimes/ when built for any.</summary>
internal static class NativeFolder
{
    /// <summary>Full path of a native library of the program; null when it has none of that name.</summary>
    public static string? Find(string library) => Find(library, Candidates());

    internal static string? Find(string library, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, library)).FirstOrDefault(File.Exists);

    private static IEnumerable<string> Candidates()
    {
        // The runtime's own search list covers both layouts and libraries left in the package cache.
        var searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"));
    }
}
