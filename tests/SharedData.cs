using Xunit;

namespace Graft.Tests;

/// <summary>Reference numerics and real checkpoints beside the repository; tests that need them skip where they are absent.</summary>
internal static class SharedData
{
    /// <summary>Root of the repository: the nearest folder above the test's binaries that holds Services.sln.</summary>
    public static string Repository { get; } = Find();

    /// <summary>Full path of a file or folder of the shared data, such as "golden/olmo2-fp32".</summary>
    public static string Require(string relative)
    {
        var path = Path.GetFullPath(Path.Combine(Repository, "..", "shared", relative));
        Assert.SkipUnless(Path.Exists(path), $"Needs reference data that is not in the repository: ../shared/{relative}.");
        return path;
    }

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Services.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No Services.sln above {AppContext.BaseDirectory}.");
    }
}
