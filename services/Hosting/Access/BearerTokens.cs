using Graft.Faults;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Graft.Hosting.Access;

/// <summary>Callers known by JSON Web Tokens.</summary>
internal sealed class BearerTokens(IOptions<AccessOptions> options, IssuerKeys keys)
{
    // Signatures that only the issuer can make; a shared secret would let every server forge.
    private static readonly string[] _algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly AccessOptions _access = options.Value;
    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = 16 << 10, MapInboundClaims = false };

    /// <exception cref="FaultException">Unauthenticated, saying why and never showing the token; Unavailable: the issuer's keys cannot be had.</exception>
    public async Task<Caller> IdentifyAsync(string token, CancellationToken cancellationToken)
    {
        var parameters = new TokenValidationParameters
        {
            ValidIssuer = _access.Jwt.Issuer,
            ValidAudience = _access.Jwt.Audience,
            ValidAlgorithms = _algorithms,
            ClockSkew = TimeSpan.FromMinutes(1),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
        };
        await keys.AddToAsync(parameters, cancellationToken);
        var result = await _handler.ValidateTokenAsync(token, parameters);
        return result.IsValid
            ? Identify((JsonWebToken)result.SecurityToken)
            : throw new FaultException(FaultKind.Unauthenticated, $"The token is not accepted: {Reason(result.Exception)}");
    }

    private Caller Identify(JsonWebToken token)
    {
        var groups = Values(token, _access.Jwt.GroupsClaim);
        var claimed = Values(token, _access.Jwt.RolesClaim).Select(RoleOf).Max();
        var role = Grants.Highest(claimed, _access.Roles, grant =>
            Grants.Matches(grant.Subject, token.Subject) || groups.Any(group => Grants.Matches(grant.Group, group)));
        return new Caller($"token {token.Subject}", role, IsLimited: true);
    }

    // A claim that is one text and a claim that is a list of them look alike here.
    private static string[] Values(JsonWebToken token, string claim) =>
        claim.Length == 0 ? [] : [.. token.Claims.Where(one => one.Type == claim).Select(one => one.Value)];

    private static Role? RoleOf(string word) => word switch
    {
        "reader" => Role.Reader,
        "runner" => Role.Runner,
        "admin" => Role.Admin,
        _ => null,
    };

    private string Reason(Exception exception) => exception switch
    {
        SecurityTokenExpiredException expired => $"it expired at {expired.Expires:u}; get a new one.",
        SecurityTokenNotYetValidException early => $"it counts only from {early.NotBefore:u}.",
        SecurityTokenInvalidAudienceException => $"it is for another audience; ask the issuer for one with the audience {_access.Jwt.Audience}.",
        SecurityTokenInvalidIssuerException => $"another issuer made it; this server takes tokens of {_access.Jwt.Issuer}.",
        SecurityTokenNoExpirationException => "it never expires, and only tokens with an end are taken.",
        SecurityTokenInvalidAlgorithmException => "it is signed in a way this server does not take.",
        SecurityTokenInvalidSignatureException => $"its signature is by none of the keys of {_access.Jwt.Issuer}.",
        _ => "it is no JSON Web Token that can be read.",
    };
}
