namespace Graft.Hosting;

/// <summary>Where a service listens; configuration section "Hosting".</summary>
public sealed class HostingOptions
{
    public const string Section = "Hosting";

    /// <summary>
    /// IP address (or "localhost", or "*" for all) and port of gRPC, HTTP/2 without TLS; port 0 takes a free one. The default value is
    /// 127.0.0.1:8080.
    /// </summary>
    public string Address { get; set; } = "127.0.0.1:8080";

    /// <summary>The same for /metrics, HTTP/1.1; empty for none. The default value is 127.0.0.1:9464.</summary>
    public string MetricsAddress { get; set; } = "127.0.0.1:9464";

    /// <summary>
    /// The same for grpc.health.v1 alone, HTTP/2 without TLS and without identity, for probes that know neither; empty for none, which is the
    /// default value. Health is answered on <see cref="Address"/> in any case.
    /// </summary>
    public string HealthAddress { get; set; } = "";
}
