namespace Graft.Tests.Benchmarks.Load;

/// <summary>What a process holds at one moment.</summary>
internal sealed record ServerSample(double Megabytes, double Handles, double Threads)
{
    public static ServerSample Mean(IEnumerable<ServerSample> samples)
    {
        ServerSample[] all = [.. samples];
        return new(all.Average(one => one.Megabytes), all.Average(one => one.Handles), all.Average(one => one.Threads));
    }

    public override string ToString() => $"{Megabytes:N0} MB resident, {Handles:N0} handles, {Threads:N0} threads";
}
