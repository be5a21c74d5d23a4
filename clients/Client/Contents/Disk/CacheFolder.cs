namespace Graft.Client.Contents.Disk;

/// <summary>Where the cache on disk is when no folder is named.</summary>
internal static class CacheFolder
{
    public static string Of(ClientOptions options) =>
        options.CacheFolder is { Length: > 0 } named ? named : Path.Combine(UserCaches(Environment.GetEnvironmentVariable), "graft", "cache");

    private static string UserCaches(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }

        var home = variable("HOME") is { Length: > 0 } set ? set : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
        {
            return Path.Combine(home, "Library", "Caches");
        }

        // The XDG base directory specification: a relative path there is invalid and to be ignored.
        return variable("XDG_CACHE_HOME") is { } caches && Path.IsPathFullyQualified(caches) ? caches : Path.Combine(home, ".cache");
    }
}
