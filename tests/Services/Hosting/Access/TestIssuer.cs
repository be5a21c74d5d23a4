using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Graft.Tests.Services.Hosting.Access;

/// <summary>Makes tokens, as an identity provider or the API server of Kubernetes does.</summary>
internal sealed class TestIssuer : IDisposable
{
    public const string Audience = "graft";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _keyId;

    public TestIssuer(string issuer, string keyId = "first") => (Issuer, _keyId) = (issuer, keyId);

    public string Issuer { get; }

    /// <summary>The public key, as a JSON Web Key Set.</summary>
    public string Keys()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var key = new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = _keyId, x = Base64UrlEncoder.Encode(point.X), y = Base64UrlEncoder.Encode(point.Y) };
        return JsonSerializer.Serialize(new { keys = new[] { key } });
    }

    public string Token(
        string subject, string[]? roles = null, string audience = Audience, string? issuer = null, TimeSpan? expires = null, string[]? groups = null)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        Dictionary<string, object> claims = new() { ["sub"] = subject };
        if (roles is not null)
        {
            claims["roles"] = roles;
        }

        if (groups is not null)
        {
            claims["groups"] = groups;
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = issuer ?? Issuer,
            Audience = audience,
            Claims = claims,
            NotBefore = now.AddDays(-2),
            Expires = now + (expires ?? TimeSpan.FromHours(1)),
            SigningCredentials = new SigningCredentials(new ECDsaSecurityKey(_key) { KeyId = _keyId }, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>A token whose signature is a keyed hash with a secret: what a server that takes any algorithm would let in.</summary>
    public string TokenWithSecret(string subject) => new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Audience,
        Claims = new Dictionary<string, object> { ["sub"] = subject, ["roles"] = "admin" },
        SigningCredentials = new SigningCredentials(
            new SymmetricSecurityKey(_key.ExportSubjectPublicKeyInfo()) { KeyId = _keyId }, SecurityAlgorithms.HmacSha256),
    });

    public void Dispose() => _key.Dispose();
}
