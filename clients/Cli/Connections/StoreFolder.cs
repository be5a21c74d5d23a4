namespace Graft.Cli.Connections;

/// <summary>Where a user's artifacts lie when no other folder is named.</summary>
internal static class StoreFolder
{
    /// <summary>graft/store in the platform's folder for a user's data: XDG_DATA_HOME or ~/.local/share on Linux.</summary>
    /// <param name="variable">A variable of the environment.</param>
    public static string Default(Func<string, string?> variable) => Path.Combine(DataFolder(variable), "store");

    /// <summary>What else of Graft's is the user's and in no store.</summary>
    public static string DataFolder(Func<string, string?> variable) => Path.Combine(PlatformFolder(variable), "graft");

    private static string PlatformFolder(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
        }

        var home = variable("HOME") is { Length: > 0 } set ? set : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
        {
            return Path.Combine(home, "Library", "Application Support");
        }

        // The XDG base directory specification: a relative path there is invalid and to be ignored.
        return variable("XDG_DATA_HOME") is { } data && Path.IsPathFullyQualified(data) ? data : Path.Combine(home, ".local", "share");
    }
}
