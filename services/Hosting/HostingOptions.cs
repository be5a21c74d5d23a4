namespace Graft.Hosting;

/// <summary>Where a service listens; configuration section "Hosting".</summary>
public sealed class HostingOptions
{
    public const string Section = "Hosting";

    /// <summary>
    /// IP address (or "localhost", or "*" for all) and port of gRPC, HTTP/2, with TLS when Access:Tls has a certificate; port 0 takes
    /// a free one. The default value is 127.0.0.1:8080.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1:8080";

    /// <summary>The same for /metrics, HTTP/1.1; empty for none. The default value is 127.0.0.1:9464.</summary>
    public string MetricsAddress { get; set; } = "127.0.0.1:9464";

    /// <summary>
    /// The same for health checks alone, HTTP/2 without TLS and without identities; empty for none, the default. For the probes of
    /// Kubernetes, which speak no TLS. It tells only whether the services of this host are up.
    /// </summary>
    public string HealthAddress { get; set; } = "";

    /// <summary>
    /// Everybody who reaches <see cref="Address"/> may read, run and delete, and nobody is asked who they are. Without it, or identities
    /// (section Access), only loopback is listened on. For networks that keep strangers out themselves.
    /// </summary>
    public bool AllowAnyoneOnTheNetwork { get; set; }
}
