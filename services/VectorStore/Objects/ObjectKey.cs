using System.Buffers;

namespace Graft.VectorStore.Objects;

/// <summary>
/// Names of objects: "kind/rest", where kind is lower-case letters and rest has one or more parts of A-Z a-z 0-9 . _ - + between
/// single slashes, none of them "." or "..", 250 characters in all. Harmless in folders, URLs and S3 alike.
/// </summary>
internal static class ObjectKey
{
    public const int MaxLength = 250;

    private static readonly SearchValues<char> _kind = SearchValues.Create("abcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> _part =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+");

    /// <summary>The kind and what follows its slash.</summary>
    /// <exception cref="ArgumentException">Not a key: a bug of the caller, who checks what users give.</exception>
    public static (string Kind, string Name) Split(string key)
    {
        var (kind, rest) = SplitPrefix(key);
        return key.Length <= MaxLength && rest.Split('/').All(IsPart)
            ? (kind, rest)
            : throw new ArgumentException($"'{key}' is not the key of an object.", nameof(key));
    }

    /// <summary>The same for the beginning of a key, which reaches beyond the first slash or ends there.</summary>
    public static (string Kind, string Name) SplitPrefix(string prefix)
    {
        var slash = prefix.IndexOf('/');
        return slash > 0 && !prefix.AsSpan(0, slash).ContainsAnyExcept(_kind)
            ? (prefix[..slash], prefix[(slash + 1)..])
            : throw new ArgumentException($"'{prefix}' does not begin with the kind of an object and a slash.", nameof(prefix));
    }

    /// <summary>Whether this is the key of an object.</summary>
    public static bool IsKey(string text) =>
        text.Length <= MaxLength && text.Split('/') is [{ Length: > 0 } kind, _, ..] parts
        && !kind.AsSpan().ContainsAnyExcept(_kind) && parts[1..].All(IsPart);

    /// <summary>Whether this can stand between two slashes.</summary>
    public static bool IsPart(string part) => part is not ("" or "." or "..") && !part.AsSpan().ContainsAnyExcept(_part);
}
