namespace Graft.Cli.Connections;

/// <summary>Who may call a server of the command line.</summary>
internal static class LocalAccess
{
    // Whatever makes a server ask who calls, or speak TLS.
    private static readonly string[] _asking =
        ["Tls:CertificateFile", "Tls:KeyFile", "Tls:ClientCaFile", "Jwt:Issuer", "Jwt:Audience", "Jwt:JwksFile", "Jwt:DiscoveryAddress"];

    /// <param name="settings">The server.</param>
    /// <param name="callable">Address and port at which its own services call it.</param>
    public static Dictionary<string, string?> Settings(LocalServerSettings settings, string callable)
    {
        if (!settings.Stays)
        {
            // What the environment says is meant for servers that stay; this one is its command's alone.
            return new(_asking.Select(name => KeyValuePair.Create($"Access:{name}", (string?)"")))
            {
                ["Client:Server"] = $"http://{callable}",
                ["Hosting:HealthAddress"] = "",
            };
        }

        var hasTls = settings.Variable("Access__Tls__CertificateFile") is { Length: > 0 };
        Dictionary<string, string?> all = new()
        {
            // A certificate is made for a name, which only who has made it knows.
            ["Client:Server"] = settings.Variable("Client__Server") is { Length: > 0 } named ? named : $"{(hasTls ? "https" : "http")}://{callable}",
        };
        if (settings.AllowsAnyone)
        {
            all["Hosting:AllowAnyoneOnTheNetwork"] = "true";
        }

        return all;
    }
}
