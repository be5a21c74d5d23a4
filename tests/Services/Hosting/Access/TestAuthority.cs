using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>A certificate authority of a test, and what it signs, as PEM files of a folder.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private readonly string _folder;
    private readonly X509Certificate2 _certificate;
    private int _serial;

    public TestAuthority(string folder, string name)
    {
        _folder = folder;
        Now = TimeProvider.System.GetUtcNow();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        _certificate = request.CreateSelfSigned(Now.AddDays(-30), Now.AddDays(30));
        File = Path.Combine(folder, $"{name}.pem");
        System.IO.File.WriteAllText(File, _certificate.ExportCertificatePem());
    }

    public DateTimeOffset Now { get; }

    /// <summary>PEM file of the authority.</summary>
    public string File { get; }

    /// <param name="name">Name of the files, and the certificate's DNS name.</param>
    /// <param name="uri">A further name, such as a SPIFFE identity.</param>
    /// <param name="from">When it begins to count; null for yesterday.</param>
    /// <param name="to">When it ends; null for tomorrow.</param>
    /// <param name="isClient">For clients as well as for servers.</param>
    public (string Certificate, string Key) Issue(
        string name, string? uri = null, DateTimeOffset? from = null, DateTimeOffset? to = null, bool isClient = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        if (uri is not null)
        {
            names.AddUri(new Uri(uri));
        }

        var usages = new OidCollection { new Oid(ServerUsage) };
        if (isClient)
        {
            usages.Add(new Oid(ClientUsage));
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usages, critical: false));
        using var certificate = request.Create(_certificate, from ?? Now.AddDays(-1), to ?? Now.AddDays(1), [(byte)Interlocked.Increment(ref _serial)]);
        var files = (Path.Combine(_folder, $"{name}.crt"), Path.Combine(_folder, $"{name}.key"));
        System.IO.File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }

    public void Dispose() => _certificate.Dispose();
}
