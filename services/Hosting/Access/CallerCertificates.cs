using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Access;

/// <summary>Callers known by their certificates.</summary>
internal sealed class CallerCertificates(IOptions<AccessOptions> options, TimeProvider time, ILogger<CallerCertificates> logger)
{
    // id-kp-clientAuth of RFC 5280.
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    // A chain takes a millisecond to build, and a connection carries thousands of calls.
    private static readonly TimeSpan _judgementLife = TimeSpan.FromMinutes(1);

    private readonly AccessOptions _access = options.Value;
    private readonly ConditionalWeakTable<X509Certificate2, Judgement> _judged = new();
    private readonly ReloadedFile<X509Certificate2Collection> _authorities = new(
        [options.Value.Tls.ClientCaFile], () => Read(options.Value.Tls.ClientCaFile), time, logger);

    /// <exception cref="FaultException">Unauthenticated, saying what is wrong with the certificate.</exception>
    public Caller Identify(X509Certificate2 certificate)
    {
        var authorities = _authorities.Current;
        if (_judged.TryGetValue(certificate, out var known)
            && ReferenceEquals(known.Authorities, authorities) && time.GetElapsedTime(known.At) < _judgementLife)
        {
            return known.Caller;
        }

        Judge(certificate, authorities);
        var names = Names(certificate);
        var role = Grants.Highest(
            _access.Tls.CertificateRole, _access.Roles, grant => names.Any(name => Grants.Matches(grant.Certificate, name)));
        var caller = new Caller($"certificate {names.FirstOrDefault() ?? certificate.Subject}", role, IsLimited: true);
        _judged.AddOrUpdate(certificate, new Judgement(caller, authorities, time.GetTimestamp()));
        return caller;
    }

    private void Judge(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.GetLocalNow().DateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        if (!chain.Build(certificate))
        {
            var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
            throw new FaultException(FaultKind.Unauthenticated, $"The client certificate {certificate.Subject} is not accepted: {Reason(certificate, status)}");
        }
    }

    private static string Reason(X509Certificate2 certificate, X509ChainStatusFlags status) => status switch
    {
        _ when status.HasFlag(X509ChainStatusFlags.NotTimeValid) =>
            $"it counts from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u}; renew it.",
        _ when status.HasFlag(X509ChainStatusFlags.PartialChain) || status.HasFlag(X509ChainStatusFlags.UntrustedRoot) =>
            "none of the authorities this server trusts has signed it; use one that was made for it.",
        _ when status.HasFlag(X509ChainStatusFlags.NotValidForUsage) => "it is not made for clients (extended key usage clientAuth).",
        _ => $"{status}.",
    };

    private static string[] Names(X509Certificate2 certificate)
    {
        var alternatives = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        return alternatives is null ? [] : [.. alternatives.EnumerateDnsNames(), .. Uris(alternatives)];
    }

    // SPIFFE identities; the library reads DNS names and IP addresses only. GeneralName is tagged [6] IA5String for a URI.
    private static IEnumerable<string> Uris(X509SubjectAlternativeNameExtension alternatives)
    {
        var names = new System.Formats.Asn1.AsnReader(alternatives.RawData, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var uri = new System.Formats.Asn1.Asn1Tag(System.Formats.Asn1.TagClass.ContextSpecific, 6);
        while (names.HasData)
        {
            if (names.PeekTag() == uri)
            {
                yield return names.ReadCharacterString(System.Formats.Asn1.UniversalTagNumber.IA5String, uri);
            }
            else
            {
                names.ReadEncodedValue();
            }
        }
    }

    private static X509Certificate2Collection Read(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate (PEM).");
    }

    private sealed record Judgement(Caller Caller, X509Certificate2Collection Authorities, long At);
}
