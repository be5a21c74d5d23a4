using System.Net;
using System.Net.Sockets;

namespace Graft.Cli.Connections;

internal static class FreePort
{
    /// <summary>
    /// A loopback port that nobody uses now. The services must know their own address before they listen, so the port is picked first;
    /// the system does not hand it out again soon.
    /// </summary>
    public static int Find()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
