using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Graft.Faults;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Graft.Hosting.Access;

/// <summary>The keys of the issuer of tokens: from a file, or from where OpenID discovery says they are.</summary>
internal sealed class IssuerKeys : IDisposable
{
    private const string WellKnown = "/.well-known/openid-configuration";

    private readonly JwtOptions _jwt;
    private readonly ReloadedFile<JsonWebKeySet>? _file;
    private readonly HttpClient? _http;
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _discovery;

    public IssuerKeys(IOptions<AccessOptions> options, TimeProvider time, ILogger<IssuerKeys> logger)
    {
        _jwt = options.Value.Jwt;
        if (_jwt.JwksFile.Length > 0)
        {
            _file = new([_jwt.JwksFile], () => new JsonWebKeySet(File.ReadAllText(_jwt.JwksFile)), time, logger);
        }
        else if (_jwt.IsOn)
        {
            _http = new HttpClient(new TokenHandler(_jwt.DiscoveryTokenFile) { InnerHandler = Handler(_jwt.DiscoveryCaFile) }) { Timeout = TimeSpan.FromSeconds(10) };
            _discovery = new ConfigurationManager<OpenIdConnectConfiguration>(
                _jwt.DiscoveryAddress.Length > 0 ? _jwt.DiscoveryAddress : $"{_jwt.Issuer.TrimEnd('/')}{WellKnown}",
                new OpenIdConnectConfigurationRetriever(),
                new HttpDocumentRetriever(_http) { RequireHttps = true });
        }
    }

    /// <exception cref="FaultException">Unavailable: the issuer does not answer and never has.</exception>
    public async Task AddToAsync(TokenValidationParameters parameters, CancellationToken cancellationToken)
    {
        if (_file is not null)
        {
            parameters.IssuerSigningKeys = _file.Current.GetSigningKeys();
            return;
        }

        try
        {
            // Asked for here because the validation itself would take a failure for a wrong signature.
            _ = await _discovery!.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new FaultException(
                FaultKind.Unavailable, $"The keys of {_jwt.Issuer} cannot be fetched, so no token can be checked now; see Access:Jwt.", exception);
        }

        parameters.ConfigurationManager = _discovery;
    }

    public void Dispose() => _http?.Dispose();

    private static SocketsHttpHandler Handler(string caFile)
    {
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        if (caFile.Length > 0)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(caFile);
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(authorities);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return handler;
    }

    // The API server of Kubernetes shows its keys to whom it knows.
    private sealed class TokenHandler(string file) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (file.Length > 0)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(file, cancellationToken)).Trim());
            }

            return await base.SendAsync(request, cancellationToken);
        }
    }
}
