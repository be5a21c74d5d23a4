using Microsoft.Extensions.Logging;

namespace Graft.Client.Contents.Direct;

/// <summary>
/// Servers of objects that do not answer this client, such as one inside a cluster that is asked from outside. They are left alone for
/// a while, so that not every read waits for them first.
/// </summary>
internal sealed partial class ObjectHosts(TimeProvider time, ILogger logger)
{
    /// <summary>How long a server is left alone.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _failed = [];

    public bool IsUsable(Uri address)
    {
        lock (_lock)
        {
            return !_failed.TryGetValue(address.Authority, out var since) || time.GetElapsedTime(since) >= Pause;
        }
    }

    public void Leave(Uri address, string reason)
    {
        lock (_lock)
        {
            // Of the many reads that fail at once, one tells; and those that find the server left do not make it longer.
            if (IsUsable(address))
            {
                _failed[address.Authority] = time.GetTimestamp();
                LogLeft(logger, address.Authority, Pause, reason);
            }
        }
    }

    [LoggerMessage(611, LogLevel.Warning, "Objects cannot be read from {Host} directly; for {Pause} they come through the store. {Reason}")]
    private static partial void LogLeft(ILogger logger, string host, TimeSpan pause, string reason);
}
