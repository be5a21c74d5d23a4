namespace Graft.Client;

/// <summary>Where the services are and how calls to them behave; configuration section "Client".</summary>
public sealed class ClientOptions : CredentialOptions
{
    public const string Section = "Client";

    public ClientOptions()
    {
    }

    /// <param name="credentials">To begin with.</param>
    public ClientOptions(CredentialOptions credentials)
        : base(credentials)
    {
    }

    /// <summary>One address for all services, such as http://127.0.0.1:8080 or dns:///graft:8080; any of the next overrides it.</summary>
    public Uri? Server { get; set; }

    public Uri? VectorStore { get; set; }

    public Uri? Trainer { get; set; }

    public Uri? Merger { get; set; }

    public Uri? Evaluator { get; set; }

    /// <summary>
    /// Several trainers (Client:Trainers:0, Client:Trainers:1), in place of one. An address dns:///name:port, here and above, stands for
    /// every machine the name resolves to, such as the pods behind a headless service; who came or went is noticed within seconds.
    /// </summary>
    public IList<Uri> Trainers { get; } = [];

    public IList<Uri> Mergers { get; } = [];

    public IList<Uri> Evaluators { get; } = [];

    public Uri? Coordinator { get; set; }

    /// <summary>Longest time of one attempt at a unary call.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time of one stream. A watch is opened again when it is over; an upload or download goes on where it stopped.</summary>
    public TimeSpan StreamDeadline { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a server may be unreachable before a call that may be repeated gives up.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The same for one of several workers: after that its job is lost, and another one may take it.</summary>
    public TimeSpan WorkerPatience { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Memory for contents read before, in bytes; 0 for none.</summary>
    public long CacheBytes { get; set; } = 256L << 20;

    /// <summary>
    /// Disk for contents read before, in bytes of all files together; 0 for none. For workers of a cluster, on a volume of their node
    /// (emptyDir), and for users of a server far away. Where the store is a folder of the same machine it would only be a second copy.
    /// </summary>
    public long CacheDiskBytes { get; set; }

    /// <summary>
    /// Folder of that cache, which processes of one machine may share; null for "graft/cache" in the user's cache folder
    /// (XDG_CACHE_HOME, ~/.cache).
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// Whether big contents are read from where the store keeps its objects, if it offers addresses. What cannot be reached there comes
    /// through the store. For https with a certificate authority of one's own, set SSL_CERT_FILE.
    /// </summary>
    public bool DirectReads { get; set; } = true;

    /// <summary>Chunks of 4 MiB that are fetched directly at once.</summary>
    public int DirectConnections { get; set; } = 8;

    /// <summary>Memory for tensors on their way in imports and exports, in bytes.</summary>
    public long TransferBytes { get; set; } = 256L << 20;
}
