namespace Graft.VectorStore.Objects.S3;

/// <summary>A bucket of an S3 server as the place of the objects, section "VectorStore:S3".</summary>
public sealed class S3Options
{
    public const string Section = $"{VectorStoreOptions.Section}:S3";

    /// <summary>Address of the server, such as https://minio.example:9000: scheme, host and port, nothing behind.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Where readers reach the server when that is another address; presigned addresses begin with it. Empty: Endpoint.</summary>
    public string PublicEndpoint { get; set; } = "";

    public string Region { get; set; } = "us-east-1";

    public string Bucket { get; set; } = "";

    /// <summary>Where in the bucket, such as "graft/prod"; empty for all of it. Stores with different prefixes know nothing of each other.</summary>
    public string Prefix { get; set; } = "";

    public string AccessKey { get; set; } = "";

    public string SecretKey { get; set; } = "";

    /// <summary>File that holds the access key, a mounted secret for example. It wins over <see cref="AccessKey"/>.</summary>
    public string AccessKeyFile { get; set; } = "";

    /// <summary>The same for <see cref="SecretKey"/>.</summary>
    public string SecretKeyFile { get; set; } = "";

    /// <summary>PEM file of the authorities whose certificates count, instead of the system's.</summary>
    public string CaFile { get; set; } = "";

    /// <summary>Whether a bucket that is missing is made at start.</summary>
    public bool CreateBucket { get; set; } = true;

    /// <summary>
    /// Promises that one process alone writes below this prefix. Needed, and used, only with a server that ignores the conditions of
    /// writes: the store then keeps writers apart with locks of its own process.
    /// </summary>
    public bool SingleWriter { get; set; }

    /// <summary>How long one operation is tried again while the server is away, slow or overloaded.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long one attempt of it may take.</summary>
    public TimeSpan AttemptLimit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether this place is meant, rather than a folder.</summary>
    internal bool IsChosen => Endpoint.Length > 0 || Bucket.Length > 0;
}
