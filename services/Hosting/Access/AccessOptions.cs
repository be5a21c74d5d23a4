namespace Graft.Hosting.Access;

/// <summary>
/// Who is asked for what; configuration section "Access". Every secret in it is a path of a file. All of it empty: nobody is asked,
/// which is for loopback alone (see <see cref="HostingOptions.AllowAnyoneOnTheNetwork"/>).
/// </summary>
public sealed class AccessOptions
{
    public const string Section = "Access";

    public TlsOptions Tls { get; set; } = new();

    public JwtOptions Jwt { get; set; } = new();

    /// <summary>Roles by identity, beside the roles claim of tokens and <see cref="TlsOptions.CertificateRole"/>; the highest counts.</summary>
    public IList<RoleGrant> Roles { get; } = [];

    /// <summary>
    /// Accepts tokens over connections without TLS from other machines: for a service mesh that encrypts below this process, and for
    /// nothing else, since whoever sees the packets has the tokens.
    /// </summary>
    public bool AllowTokensInTheClear { get; set; }

    /// <summary>Whether a caller must say who it is.</summary>
    public bool HasIdentities => Jwt.IsOn || Tls.ClientCaFile.Length > 0;
}

/// <summary>TLS of the gRPC address, and callers known by certificates.</summary>
public sealed class TlsOptions
{
    /// <summary>PEM file of the server's certificate, with intermediates behind it. Empty: no TLS. Read again when it changes.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file of its key.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>PEM file of the authorities whose client certificates are identities; empty: none are. Read again when it changes.</summary>
    public string ClientCaFile { get; set; } = "";

    /// <summary>Role of whoever has such a certificate; null when only <see cref="AccessOptions.Roles"/> counts. The authority should be Graft's own.</summary>
    public Role? CertificateRole { get; set; } = Role.Runner;
}

/// <summary>Bearer tokens (JSON Web Tokens).</summary>
public sealed class JwtOptions
{
    /// <summary>The "iss" that tokens must have, exactly.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>The "aud" that tokens must have.</summary>
    public string Audience { get; set; } = "";

    /// <summary>
    /// Address of the issuer's OpenID configuration; empty: the issuer's own /.well-known/openid-configuration. Keys are fetched again
    /// when a token has a new one.
    /// </summary>
    public string DiscoveryAddress { get; set; } = "";

    /// <summary>PEM file of the authorities of that address; empty: the system's. In a pod: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt.</summary>
    public string DiscoveryCaFile { get; set; } = "";

    /// <summary>File of a token to show at that address; a pod's own, when the keys are the Kubernetes API server's.</summary>
    public string DiscoveryTokenFile { get; set; } = "";

    /// <summary>File with the keys (a JSON Web Key Set) instead of discovery. Read again when it changes.</summary>
    public string JwksFile { get; set; } = "";

    /// <summary>Claim with the words reader, runner, admin; empty when only <see cref="AccessOptions.Roles"/> counts.</summary>
    public string RolesClaim { get; set; } = "roles";

    /// <summary>Claim with the groups that <see cref="RoleGrant.Group"/> means.</summary>
    public string GroupsClaim { get; set; } = "groups";

    public bool IsOn => Issuer.Length > 0 || Audience.Length > 0 || JwksFile.Length > 0 || DiscoveryAddress.Length > 0;
}

/// <summary>A role for one of three: a token's subject, a token's group, a certificate's name. "*" at the end stands for any rest.</summary>
public sealed class RoleGrant
{
    /// <summary>The "sub" of tokens, such as system:serviceaccount:graft:ci.</summary>
    public string Subject { get; set; } = "";

    public string Group { get; set; } = "";

    /// <summary>A DNS name or URI of a certificate, such as coordinator.graft.svc or spiffe://cluster.local/ns/graft/sa/coordinator.</summary>
    public string Certificate { get; set; } = "";

    public Role Role { get; set; }
}
