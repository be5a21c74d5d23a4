using System.Diagnostics;
using System.Globalization;
using Graft.Cli.Demo;
using Graft.Client;

namespace Graft.Tests.Benchmarks.Load;

/// <summary>
/// `load [--clients 200] [--minutes 1] [--pause 1]`: so many clients, each with a connection of its own, list, read and watch while
/// the demo's smoke study runs again and again on a server of its own process. Tells latencies, errors, and whether the server grew.
/// An hour of it is the soak. Ends with 1 when any call failed.
/// </summary>
internal static class LoadCommand
{
    private static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] args)
    {
        var folder = Directory.CreateTempSubdirectory("graft-load-").FullName;
        try
        {
            return await RunAsync(args, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> RunAsync(string[] args, string folder)
    {
        var clients = (int)Option(args, "--clients", 200);
        var duration = TimeSpan.FromMinutes(Option(args, "--minutes", 1));
        var pause = TimeSpan.FromSeconds(Option(args, "--pause", 1));
        await using var server = await ServerProcess.StartAsync(folder);
        using var client = new GraftClient(new ClientOptions { Server = server.Address }, TimeProvider.System);
        Console.WriteLine($"{clients} clients for {duration}, each pausing up to {pause.TotalSeconds:N1} s between calls; server {server.Id} at {server.Address}");

        // What is listed and read stays the same from here on, so that growth is growth of the server.
        var studies = new StudyRounds(client);
        await studies.RunAsync(seed: 0, CancellationToken.None);
        var names = await client.Store.ListNamesAsync(new DemoSpec(DemoPreset.Smoke, 0).World, CancellationToken.None).ToListAsync();
        var latencies = new Latencies();
        using var end = new CancellationTokenSource(duration);
        var samples = new List<ServerSample>();
        var work = Enumerable.Range(0, clients).Select(number => new LoadClient(number, server.Address, names, pause, studies, latencies).RunAsync(end.Token))
            .Append(studies.RepeatAsync(end.Token)).Append(SampleAsync(server, samples, end.Token)).ToArray();
        await Task.WhenAll(work);

        Report(latencies, samples, studies, duration);
        return latencies.Errors.IsEmpty && studies.Failed == 0 ? 0 : 1;
    }

    private static async Task SampleAsync(ServerProcess server, List<ServerSample> samples, CancellationToken end)
    {
        var reported = Stopwatch.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            samples.Add(server.Sample());
            if (Stopwatch.GetElapsedTime(reported) > TimeSpan.FromMinutes(1))
            {
                reported = Stopwatch.GetTimestamp();
                Console.WriteLine($"  {samples[^1]}");
            }

            await Task.Delay(_look, end).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private static void Report(Latencies latencies, List<ServerSample> samples, StudyRounds studies, TimeSpan duration)
    {
        Console.WriteLine($"  {"",-12} {"calls",9} {"1/s",8} {"p50 ms",9} {"p90 ms",9} {"p99 ms",9} {"max ms",9}");
        foreach (var (kind, times) in latencies.ByKind())
        {
            var at = (double part) => times[(int)(part * (times.Length - 1))].TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture);
            Console.WriteLine($"  {kind,-12} {times.Length,9:N0} {times.Length / duration.TotalSeconds,8:N0} {at(0.5),9} {at(0.9),9} {at(0.99),9} {at(1),9}");
        }

        Console.WriteLine($"  states sent to watchers {latencies.States:N0}; load average of the machine at the end {File.ReadAllText("/proc/loadavg").Split(' ')[1]}");
        Console.WriteLine($"  studies finished {studies.Finished}, failed {studies.Failed}; errors {latencies.Errors.Count}");
        foreach (var error in latencies.Errors.Take(5))
        {
            Console.WriteLine($"    {error}");
        }

        // The first fifth is warming up: threads, pools and the JIT.
        var fifth = Math.Max(1, samples.Count / 5);
        Console.WriteLine($"  second fifth  {ServerSample.Mean(samples.Skip(fifth).Take(fifth))}");
        Console.WriteLine($"  last fifth    {ServerSample.Mean(samples.TakeLast(fifth))}");
        Console.WriteLine($"  most memory   {samples.Max(sample => sample.Megabytes):N0} MB");
    }

    private static double Option(string[] args, string name, double otherwise) =>
        Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? double.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
