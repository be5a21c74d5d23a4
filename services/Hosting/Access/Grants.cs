namespace Graft.Hosting.Access;

/// <summary>Roles by the entries of <see cref="AccessOptions.Roles"/>.</summary>
internal static class Grants
{
    /// <summary>The highest of a role and those of the entries that apply; null for none.</summary>
    public static Role? Highest(Role? role, IEnumerable<RoleGrant> grants, Func<RoleGrant, bool> applies) =>
        grants.Where(applies).Select(grant => (Role?)grant.Role).Append(role).Max();

    /// <summary>Whether an entry, which may be empty and may end in "*", means this name.</summary>
    public static bool Matches(string entry, string name) => entry.Length > 0
        && (entry[^1] == '*' ? name.StartsWith(entry[..^1], StringComparison.Ordinal) : name.Equals(entry, StringComparison.Ordinal));
}
