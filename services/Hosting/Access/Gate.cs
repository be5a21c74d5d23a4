using System.Diagnostics.Metrics;
using System.Net;
using Graft.Faults;
using Graft.Hosting.Faults;
using Graft.Hosting.Telemetry;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Access;

/// <summary>
/// Stands before every call and lets it pass when its caller is known and has the method's role. It is middleware and no interceptor,
/// because an interceptor comes after the request's message has been read.
/// </summary>
internal sealed partial class Gate(
    IOptions<AccessOptions> options, CallerCertificates certificates, BearerTokens tokens, IMeterFactory meters, ILogger<Gate> logger) : IMiddleware
{
    private const string Scheme = "Bearer ";

    private readonly AccessOptions _access = options.Value;
    private readonly Counter<long> _refused = meters.Create(GraftMeter.Name).CreateCounter<long>(
        "graft_access_refused", description: "Calls refused because of who made them, by reason; they reach no service.");

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var path = context.Request.Path.Value ?? "";
        if (!MethodRoles.IsOpen(path))
        {
            try
            {
                var caller = await IdentifyAsync(context);
                Admit(caller, path, context.GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>() is not null);
                context.Features.Set(caller);
            }
            catch (FaultException fault)
            {
                _refused.Add(1, new KeyValuePair<string, object?>("reason", fault.Kind.ToString()));
                LogRefused(path, context.Connection.RemoteIpAddress, fault.Message);
                GrpcAnswer.Refuse(context, fault);
                return;
            }
        }

        await next(context);
    }

    private async Task<Caller> IdentifyAsync(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        if (!_access.HasIdentities)
        {
            return new Caller($"{address}", Role.Admin, IsLimited: !IPAddress.IsLoopback(address));
        }

        // A token says more than the connection it comes over: a proxy with a certificate may carry many people's calls.
        if (_access.Jwt.IsOn && Token(context) is { } token)
        {
            return await tokens.IdentifyAsync(token, context.RequestAborted);
        }

        return _access.Tls.ClientCaFile.Length > 0 && context.Connection.ClientCertificate is { } certificate
            ? certificates.Identify(certificate)
            : throw new FaultException(FaultKind.Unauthenticated, $"This server wants to know who calls: send {Wanted()}.");
    }

    private static string? Token(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim()
            : null;

    private string Wanted()
    {
        var token = $"a token of {_access.Jwt.Issuer} for the audience {_access.Jwt.Audience} (header \"authorization: Bearer ...\")";
        const string Certificate = "a client certificate of an authority it trusts";
        return (_access.Jwt.IsOn, _access.Tls.ClientCaFile.Length > 0) switch
        {
            (true, true) => $"{token}, or {Certificate}",
            (true, false) => token,
            _ => Certificate,
        };
    }

    private void Admit(Caller caller, string path, bool exists)
    {
        var least = MethodRoles.Least(path, exists);
        if (!(caller.Role >= least))
        {
            throw new FaultException(
                FaultKind.PermissionDenied,
                $"{path.TrimStart('/')} needs the role {Word(least)}, and {caller.Name} has {(caller.Role is { } role ? Word(role) : "none")}; "
                + "whoever runs this server grants roles (Access:Roles, or the token's roles claim).");
        }

        if (least == Role.Admin && _access.HasIdentities)
        {
            LogAdministered(caller.Name, path);
        }
    }

    private static string Word(Role role) => role switch
    {
        Role.Reader => "reader",
        Role.Runner => "runner",
        Role.Admin => "admin",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, null),
    };

    [LoggerMessage(122, LogLevel.Warning, "{Method} from {Address} refused: {Reason}")]
    private partial void LogRefused(string method, IPAddress? address, string reason);

    [LoggerMessage(123, LogLevel.Information, "{Caller} calls {Method}.")]
    private partial void LogAdministered(string caller, string method);
}
