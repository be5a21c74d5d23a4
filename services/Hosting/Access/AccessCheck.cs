using System.Net;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Access;

/// <summary>Settings of access that are wrong or would leave a door open stop the host before it listens.</summary>
internal sealed class AccessCheck(IOptions<HostingOptions> hosting) : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        string[] failures = [.. Doors(hosting.Value, options), .. Completeness(options), .. Files(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Doors(HostingOptions hosting, AccessOptions access)
    {
        if (hosting.AllowAnyoneOnTheNetwork && access.HasIdentities)
        {
            yield return "Hosting:AllowAnyoneOnTheNetwork and identities in Access contradict each other: remove one.";
        }

        if (!ListenAddress.TryParse(hosting.Address, out var endpoint) || IPAddress.IsLoopback(endpoint.Address))
        {
            yield break;
        }

        if (!access.HasIdentities && !hosting.AllowAnyoneOnTheNetwork)
        {
            yield return $"Hosting:Address is {hosting.Address}, where other machines reach it, and nobody would be asked who they are. "
                + "Set Access:Jwt (Issuer, Audience) or Access:Tls:ClientCaFile, see k8s/ACCESS.md; or listen on 127.0.0.1; "
                + "or, where everybody who reaches this address may read, run and delete, set Hosting:AllowAnyoneOnTheNetwork=true (graft serve --allow-anyone-on-the-network).";
        }

        if (access.Jwt.IsOn && access.Tls.CertificateFile.Length == 0 && !access.AllowTokensInTheClear)
        {
            yield return $"Hosting:Address is {hosting.Address} without TLS: tokens could be read on their way. Set Access:Tls:CertificateFile and "
                + "KeyFile; or, where a mesh encrypts below this process, Access:AllowTokensInTheClear=true.";
        }
    }

    private static IEnumerable<string> Completeness(AccessOptions access)
    {
        var (tls, jwt) = (access.Tls, access.Jwt);
        if (tls.CertificateFile.Length > 0 != tls.KeyFile.Length > 0)
        {
            yield return "Access:Tls:CertificateFile and Access:Tls:KeyFile belong together: set both.";
        }

        if (tls.ClientCaFile.Length > 0 && tls.CertificateFile.Length == 0)
        {
            yield return "Access:Tls:ClientCaFile needs TLS: set Access:Tls:CertificateFile and KeyFile.";
        }

        if (jwt.IsOn && (jwt.Issuer.Length == 0 || jwt.Audience.Length == 0))
        {
            yield return "Access:Jwt needs both Issuer and Audience: a token for somebody else's service must not open this one.";
        }

        if (access.Roles.Any(grant => !Enum.IsDefined(grant.Role)
            || new[] { grant.Subject, grant.Group, grant.Certificate }.Count(name => name.Length > 0) != 1))
        {
            yield return "Every entry of Access:Roles has one of Subject, Group, Certificate and a Role: Reader, Runner or Admin.";
        }
    }

    private static IEnumerable<string> Files(AccessOptions access) =>
        from file in new[]
        {
            ("Tls:CertificateFile", access.Tls.CertificateFile), ("Tls:KeyFile", access.Tls.KeyFile), ("Tls:ClientCaFile", access.Tls.ClientCaFile),
            ("Jwt:JwksFile", access.Jwt.JwksFile), ("Jwt:DiscoveryCaFile", access.Jwt.DiscoveryCaFile),
            ("Jwt:DiscoveryTokenFile", access.Jwt.DiscoveryTokenFile),
        }
        where file.Item2.Length > 0 && !File.Exists(file.Item2)
        select $"Access:{file.Item1}: there is no file {file.Item2}.";
}
