using System.Buffers;

namespace Graft.Coordinator.Spec;

/// <summary>Which names an author may give: they become names in the store and ids of steps.</summary>
internal static class SpecNames
{
    public const string PartRule =
        "1 to 60 letters, digits, '.', '_' and '-', beginning with a letter or digit, and neither 'rec' nor vec-*, *-FT or *-CT, "
        + "which name what the run makes";

    public const string RunRule = "1 to 100 letters, digits, '.', '_' and '-', in parts separated by '/' that begin with a letter or digit; 'runs' is taken";

    /// <summary><see cref="IsPart"/> as a regular expression, for schemas.</summary>
    public const string PartPattern = "^(?!rec$|vec-)(?!.*-(FT|CT)$)[A-Za-z0-9][A-Za-z0-9._-]{0,59}$";

    private static readonly SearchValues<char> _letters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <summary>Whether a checkpoint or a task may be called so.</summary>
    public static bool IsPart(string name) =>
        name.Length is > 0 and <= 60 && IsWord(name) && name != "rec"
        && !name.StartsWith("vec-", StringComparison.Ordinal)
        && !name.EndsWith("-FT", StringComparison.Ordinal)
        && !name.EndsWith("-CT", StringComparison.Ordinal);

    /// <summary>Whether a run may be called so.</summary>
    public static bool IsRun(string name) =>
        name.Length is > 0 and <= 100 && name.Split('/') is var parts && parts.All(IsWord) && parts[0] != "runs";

    private static bool IsWord(string name) => name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(_letters);
}
