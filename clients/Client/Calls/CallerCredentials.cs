using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;

namespace Graft.Client.Calls;

/// <summary>How a client trusts its servers and tells them who it is, from the files and values of <see cref="CredentialOptions"/>.</summary>
internal sealed class CallerCredentials(CredentialOptions options)
{
    // id-kp-serverAuth of RFC 5280.
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Null for the system's authorities and no certificate. Files are read for each connection, so renewed ones count.</summary>
    /// <exception cref="FaultException">Precondition: a file cannot be read.</exception>
    public SslClientAuthenticationOptions? Tls()
    {
        if (!options.HasTls)
        {
            return null;
        }

        // Read once now: a missing file is told as such and not as a server that cannot be reached.
        using var tried = Read(options.CertificateFile, ReadCertificate);
        Read(options.CaFile, Authorities);
        var tls = new SslClientAuthenticationOptions();
        if (options.CaFile.Length > 0)
        {
            tls.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => IsTrusted(certificate as X509Certificate2, chain, errors);
        }

        if (options.CertificateFile.Length > 0)
        {
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => ReadCertificate(options.CertificateFile);
        }

        return tls;
    }

    /// <summary>The token to send, as its file has it now; null for none.</summary>
    /// <exception cref="FaultException">Precondition: its file cannot be read.</exception>
    public string? Token()
    {
        var token = options.TokenFile.Length > 0 ? Read(options.TokenFile, File.ReadAllText)!.Trim() : options.Token;
        if (token.Any(letter => letter is < '!' or > '~'))
        {
            // Nothing of it is shown: it may be a password in the wrong place.
            throw FaultException.Precondition(
                $"What {(options.TokenFile.Length > 0 ? options.TokenFile : "Client:Token")} holds is no token: one line without spaces is expected.");
        }

        return token.Length > 0 ? token : null;
    }

    private bool IsTrusted(X509Certificate2? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities(options.CaFile));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        chain.ChainPolicy.ExtraStore.AddRange(presented?.ChainPolicy.ExtraStore ?? []);
        return chain.Build(certificate);
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate (PEM).");
    }

    private X509Certificate2 ReadCertificate(string file)
    {
        var certificate = X509Certificate2.CreateFromPemFile(file, options.KeyFile.Length > 0 ? options.KeyFile : file);
        if (!OperatingSystem.IsWindows())
        {
            return certificate;
        }

        // Windows takes no key that lives in memory only.
        using (certificate)
        {
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
        }
    }

    private static T? Read<T>(string file, Func<string, T> read)
        where T : class
    {
        try
        {
            return file.Length == 0 ? null : read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new FaultException(FaultKind.Precondition, $"{file} cannot be used: {exception.Message}", exception);
        }
    }
}
