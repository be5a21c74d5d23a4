using Graft.Faults;

namespace Graft.Cli.Connections;

/// <summary>
/// A store in a bucket, named s3://bucket/prefix. The server and the keys come from the environment: GRAFT_S3_ENDPOINT,
/// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or files of those names with _FILE behind), AWS_REGION, AWS_CA_BUNDLE. Every other
/// setting of the store has its own variable, VectorStore__S3__SingleWriter for example.
/// </summary>
internal static class S3Store
{
    private const string Scheme = "s3://";
    private const string Section = "VectorStore:S3";

    // A person waits; a server has a minute.
    private const string ShortPatience = "00:00:10";

    private static readonly (string Setting, string[] Variables)[] _fromEnvironment =
    [
        ("Endpoint", ["GRAFT_S3_ENDPOINT"]),
        ("Region", ["AWS_REGION", "AWS_DEFAULT_REGION"]),
        ("AccessKey", ["AWS_ACCESS_KEY_ID"]),
        ("AccessKeyFile", ["AWS_ACCESS_KEY_ID_FILE"]),
        ("SecretKey", ["AWS_SECRET_ACCESS_KEY"]),
        ("SecretKeyFile", ["AWS_SECRET_ACCESS_KEY_FILE"]),
        ("CaFile", ["AWS_CA_BUNDLE"]),
    ];

    /// <summary>Whether a store's name means a bucket rather than a folder.</summary>
    public static bool IsMeant(string store) => store.StartsWith(Scheme, StringComparison.Ordinal);

    /// <summary>Settings of the services for a store of either kind.</summary>
    /// <param name="store">A folder, or s3://bucket/prefix.</param>
    /// <param name="stays">Whether it is for a server rather than for one command.</param>
    /// <param name="variable">A variable of the environment.</param>
    /// <exception cref="FaultException">Invalid: no server is named.</exception>
    public static Dictionary<string, string?> Settings(string store, bool stays, Func<string, string?> variable)
    {
        if (!IsMeant(store))
        {
            // What the environment says about a bucket is meant for other stores.
            return new() { ["VectorStore:Folder"] = store, [$"{Section}:Endpoint"] = "", [$"{Section}:Bucket"] = "" };
        }

        var place = store[Scheme.Length..].Split('/', 2);
        Dictionary<string, string?> settings = new()
        {
            ["VectorStore:Folder"] = "",
            [$"{Section}:Bucket"] = place[0],
            [$"{Section}:Prefix"] = place.ElementAtOrDefault(1) ?? "",
        };
        foreach (var (setting, variables) in _fromEnvironment)
        {
            if (variables.Select(variable).FirstOrDefault(value => value is { Length: > 0 }) is { } value)
            {
                settings[$"{Section}:{setting}"] = value;
            }
        }

        if (!settings.ContainsKey($"{Section}:Endpoint") && variable("VectorStore__S3__Endpoint") is not { Length: > 0 })
        {
            throw FaultException.Invalid(
                $"The store {store} has no server: set GRAFT_S3_ENDPOINT to its address, such as http://127.0.0.1:9000, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to its keys.");
        }

        if (!stays && variable("VectorStore__S3__Patience") is null)
        {
            settings[$"{Section}:Patience"] = ShortPatience;
        }

        return settings;
    }
}
