namespace Graft.VectorStore.Objects.S3;

/// <summary>
/// Keys of the store as names in the bucket: the prefix, the key, and "!". Without that end "names/M1" would be the folder of
/// "names/M1/40", and MinIO, which keeps objects in folders, then lists neither. "!" sorts before every character of a key, so
/// names have the order of their keys.
/// </summary>
internal sealed class S3Names(string prefix)
{
    private const char End = '!';

    private readonly string _prefix = prefix.Trim('/') is { Length: > 0 } trimmed ? $"{trimmed}/" : "";

    /// <exception cref="ArgumentException">Not a key.</exception>
    public string NameOf(string key)
    {
        ObjectKey.Split(key);
        return $"{_prefix}{key}{End}";
    }

    /// <summary>What the names of all keys with this beginning begin with.</summary>
    /// <exception cref="ArgumentException">Not the beginning of a key.</exception>
    public string BeginningOf(string keyPrefix)
    {
        ObjectKey.SplitPrefix(keyPrefix);
        return _prefix + keyPrefix;
    }

    /// <summary>The name behind which the names of all keys behind this one stand, whether or not it is a key.</summary>
    public string? After(string? key) => key is null ? null : $"{_prefix}{key}{End}";

    /// <summary>Null for an object that somebody else has put there.</summary>
    public string? KeyOf(string name) =>
        name.StartsWith(_prefix, StringComparison.Ordinal) && name[^1] == End && ObjectKey.IsKey(name[_prefix.Length..^1])
            ? name[_prefix.Length..^1]
            : null;
}
