using System.Diagnostics.Metrics;

namespace Graft.Client.Contents;

/// <summary>
/// graft_client_read_bytes_total: where the contents came from that this process has read. The client lives in services and in other
/// people's programs, so that its meter needs no host; whoever exports the meter "Graft" has it.
/// </summary>
internal static class ReadBytes
{
    private static readonly Counter<long> _bytes = new Meter("Graft").CreateCounter<long>(
        "graft_client_read", "By", "Bytes of contents read by this process, by where they came from.");

    public static void FromMemory(long bytes) => Add("memory", bytes);

    public static void FromDisk(long bytes) => Add("disk", bytes);

    /// <summary>From the objects themselves.</summary>
    public static void Directly(long bytes) => Add("objects", bytes);

    public static void FromService(long bytes) => Add("service", bytes);

    private static void Add(string source, long bytes) => _bytes.Add(bytes, new KeyValuePair<string, object?>("source", source));
}
