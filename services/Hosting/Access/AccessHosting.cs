using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Graft.Hosting.Access;

/// <summary>Wiring of who may call.</summary>
internal static class AccessHosting
{
    public static void AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AccessOptions>, AccessCheck>();
        services.AddSingleton<ServerCertificate>();
        services.AddSingleton<CallerCertificates>();
        services.AddSingleton<IssuerKeys>();
        services.AddSingleton<BearerTokens>();
        services.AddSingleton<Gate>();
    }

    public static void UseAccess(this IApplicationBuilder app) => app.UseMiddleware<Gate>();

    /// <summary>TLS on the listener of gRPC, when it is set.</summary>
    public static void UseTls(this ListenOptions listener)
    {
        var services = listener.ApplicationServices;
        if (services.GetRequiredService<IOptions<AccessOptions>>().Value.Tls.CertificateFile.Length > 0)
        {
            listener.UseHttps(services.GetRequiredService<ServerCertificate>().Handshake());
        }
    }
}
