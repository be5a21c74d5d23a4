using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Graft.Hosting;

/// <summary>Addresses as the settings write them: "127.0.0.1:8080", "[::1]:0", "localhost:8080", "*:8080".</summary>
internal static class ListenAddress
{
    public static bool TryParse(string text, [NotNullWhen(true)] out IPEndPoint? endpoint)
    {
        endpoint = null;
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port))
        {
            return false;
        }

        var host = text[..colon];
        var address = host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.IPv6Any,
            _ when host.StartsWith('[') == host.Contains(':') && IPAddress.TryParse(host, out var parsed) => parsed,
            _ => null,
        };
        endpoint = address is null ? null : new IPEndPoint(address, port);
        return endpoint is not null;
    }

    public static IPEndPoint Parse(string text) =>
        TryParse(text, out var endpoint) ? endpoint : throw new FormatException($"'{text}' is no address with a port.");
}
