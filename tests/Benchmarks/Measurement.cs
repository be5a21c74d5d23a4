using System.Diagnostics;

namespace Graft.Tests.Benchmarks;

/// <summary>Takes the median of several timed rounds; peers are timed in turn within each round, so that a busy machine slows both.</summary>
internal static class Measurement
{
    private const int Rounds = 7;

    /// <returns>Median time of one call of each, in the order given.</returns>
    public static TimeSpan[] Compare(int callsPerRound, params Action[] peers) => Compare(callsPerRound, peers, WarmUps(callsPerRound));

    /// <param name="callsPerRound">Calls of a peer that are timed together.</param>
    /// <param name="peers">What is compared.</param>
    /// <param name="warmUps">Calls before any is timed; a few are enough where a call is long and most of it native.</param>
    /// <returns>Median time of one call of each, in the order given.</returns>
    public static TimeSpan[] Compare(int callsPerRound, Action[] peers, int warmUps) =>
        Compare(() => Stopwatch.GetElapsedTime(0), callsPerRound, peers, warmUps);

    /// <summary>The same in processor time: for peers of one thread that never wait, on a machine whose cores others want too.</summary>
    public static TimeSpan[] CompareOnOneCore(int callsPerRound, params Action[] peers) =>
        Compare(() => Environment.CpuUsage.TotalTime, callsPerRound, peers, WarmUps(callsPerRound));

    // Often enough for the JIT to have compiled everything in earnest.
    private static int WarmUps(int callsPerRound) => Math.Max(callsPerRound, 40);

    private static TimeSpan[] Compare(Func<TimeSpan> clock, int callsPerRound, Action[] peers, int warmUps)
    {
        foreach (var peer in peers)
        {
            for (var i = 0; i < warmUps; i++)
            {
                peer();
            }
        }

        var times = peers.Select(_ => new List<TimeSpan>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var peer = 0; peer < peers.Length; peer++)
            {
                var began = clock();
                for (var i = 0; i < callsPerRound; i++)
                {
                    peers[peer]();
                }

                times[peer].Add((clock() - began) / callsPerRound);
            }
        }

        return [.. times.Select(list => list.Order().ElementAt(Rounds / 2))];
    }

    public static void Row(string name, string value, string note = "") => Console.WriteLine($"  {name,-52} {value,16}  {note}");
}
