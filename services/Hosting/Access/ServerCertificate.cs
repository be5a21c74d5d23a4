using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Access;

/// <summary>The certificate that callers see, as the files have it now, and the request for theirs.</summary>
internal sealed class ServerCertificate(IOptions<AccessOptions> options, TimeProvider time, ILogger<ServerCertificate> logger)
{
    private readonly TlsOptions _tls = options.Value.Tls;
    private readonly ReloadedFile<SslStreamCertificateContext> _certificate = new(
        [options.Value.Tls.CertificateFile, options.Value.Tls.KeyFile], () => Read(options.Value.Tls), time, logger);

    public TlsHandshakeCallbackOptions Handshake()
    {
        // Read once now: a bad file stops the start and not the first caller.
        _ = _certificate.Current;
        return new() { OnConnection = _ => ValueTask.FromResult(Authentication()), HandshakeTimeout = TimeSpan.FromSeconds(10) };
    }

    [SuppressMessage("Security", "CA5359", Justification = "A certificate is judged with the call (CallerCertificates), where the answer can say what is wrong with it.")]
    private SslServerAuthenticationOptions Authentication() => new()
    {
        ServerCertificateContext = _certificate.Current,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        ClientCertificateRequired = _tls.ClientCaFile.Length > 0,
        RemoteCertificateValidationCallback = (_, _, _, _) => true,
    };

    private static SslStreamCertificateContext Read(TlsOptions tls)
    {
        var all = new X509Certificate2Collection();
        all.ImportFromPemFile(tls.CertificateFile);
        return SslStreamCertificateContext.Create(WithKey(tls), all, offline: true);
    }

    private static X509Certificate2 WithKey(TlsOptions tls)
    {
        var certificate = X509Certificate2.CreateFromPemFile(tls.CertificateFile, tls.KeyFile);
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
}
