namespace Graft.Client;

/// <summary>
/// Whom a client trusts and how it says who it is; part of section "Client". Everything secret comes from a file or the environment
/// (Client__Token); files are read again when they are used, so that renewed ones count.
/// </summary>
public class CredentialOptions
{
    public CredentialOptions()
    {
    }

    /// <param name="other">To be like.</param>
    public CredentialOptions(CredentialOptions other)
    {
        CaFile = other.CaFile;
        CertificateFile = other.CertificateFile;
        KeyFile = other.KeyFile;
        TokenFile = other.TokenFile;
        Token = other.Token;
        AllowTokensInTheClear = other.AllowTokensInTheClear;
    }

    /// <summary>
    /// PEM file of the authorities whose servers are trusted; empty: the system's. With it, or a certificate, a "dns:" address means TLS.
    /// </summary>
    public string CaFile { get; set; } = "";

    /// <summary>PEM file of the client's certificate; empty: none. Services know each other by theirs.</summary>
    public string CertificateFile { get; set; } = "";

    /// <summary>PEM file of its key; empty: it is in <see cref="CertificateFile"/>.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>File with a bearer token. It wins over <see cref="Token"/>.</summary>
    public string TokenFile { get; set; } = "";

    /// <summary>A bearer token, from the environment.</summary>
    public string Token { get; set; } = "";

    /// <summary>Whether "dns:" addresses, which do not say it, are spoken to with TLS.</summary>
    internal bool HasTls => CaFile.Length > 0 || CertificateFile.Length > 0;

    /// <summary>Sends tokens to other machines without TLS, for a service mesh that encrypts below this process.</summary>
    public bool AllowTokensInTheClear { get; set; }
}
