using System.Diagnostics;
using System.Globalization;

namespace Graft.Tests.Benchmarks.Fuzzing;

/// <summary>
/// `fuzz [--cases N] [--seed S]`: hostile bytes for both parsers, half of the cases each, until all are done, one throws what it must not,
/// or one takes longer than ten seconds. The case is named by its seed; `fuzz --case S` runs it alone.
/// </summary>
internal static class FuzzCommand
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public static int Run(string[] args)
    {
        var seed = Option(args, "--seed") ?? 1;
        var single = Option(args, "--case");
        var cases = single is null ? Option(args, "--cases") ?? 1_000_000 : 1;
        using var chunks = new ChunkFuzz(new Random(1));
        using var headers = new SafetensorsFuzz(new Random(2));
        IFuzzTarget[] targets = [chunks, headers];
        var ends = new long[targets.Length, Enum.GetValues<FuzzEnd>().Length];
        var (began, reported) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        using var watch = new Watch(_patience);
        for (var i = 0L; i < cases; i++)
        {
            var number = single ?? (seed * 1_000_000_007) + i;
            var target = number % targets.Length;
            watch.Begin(number);
            try
            {
                ends[target, (int)targets[target].Run(new Random(number.GetHashCode()))]++;
            }
#pragma warning disable CA1031 // Whatever it is, it is a finding.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Console.Error.WriteLine($"Case {number} ({targets[target].Name}) threw {exception}");
                return 1;
            }

            if (Stopwatch.GetElapsedTime(reported) > _patience)
            {
                reported = Stopwatch.GetTimestamp();
                Console.WriteLine($"  {i + 1:N0} of {cases:N0} cases, {(i + 1) / Stopwatch.GetElapsedTime(began).TotalSeconds:N0} a second");
            }
        }

        for (var target = 0; target < targets.Length; target++)
        {
            Console.WriteLine($"  {targets[target].Name}: {ends[target, 0]:N0} refused, {ends[target, 1]:N0} taken");
        }

        Console.WriteLine($"{cases:N0} cases in {Stopwatch.GetElapsedTime(began).TotalSeconds:N0} s; no crash, no hang, no other exception.");
        return 0;
    }

    private static long? Option(string[] args, string name) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? long.Parse(args[at + 1], CultureInfo.InvariantCulture) : null;

    /// <summary>Ends the process when a case does not end.</summary>
    private sealed class Watch : IDisposable
    {
        private readonly Timer _timer;
        private long _case;
        private long _seen = -1;

        public Watch(TimeSpan patience) => _timer = new Timer(_ => Look(), null, patience, patience);

        public void Begin(long number) => Volatile.Write(ref _case, number);

        public void Dispose() => _timer.Dispose();

        private void Look()
        {
            var number = Volatile.Read(ref _case);
            if (number == _seen)
            {
                Console.Error.WriteLine($"Case {number} does not end.");
                Environment.Exit(1);
            }

            _seen = number;
        }
    }
}
