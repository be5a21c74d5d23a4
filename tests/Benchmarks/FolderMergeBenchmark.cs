using System.Diagnostics;
using System.Globalization;
using Graft.Artifacts.Recipes;
using Graft.Merger.Folders;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// A merge of three checkpoints of a billion bf16 parameters from folders to a folder, with the inputs in the page cache. The floor is
/// reading the same files with cat and writing as many bytes as the merge, once left to the page cache and once brought to the disk,
/// which is what a merge does.
/// </summary>
internal static class FolderMergeBenchmark
{
    private const int Rounds = 5;
    private const int WriteBytes = 1 << 20;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        try
        {
            string[] inputs = ["base", "ft", "pt"];
            for (var i = 0; i < inputs.Length; i++)
            {
                FolderCheckpoints.Write(Path.Combine(folder, inputs[i]), i);
            }

            Measurement.Row("parameters", $"{FolderCheckpoints.Parameters / 1e9:F3} G");
            string[] files = [.. inputs.SelectMany(input => Directory.GetFiles(Path.Combine(folder, input), "*.safetensors")).Order(StringComparer.Ordinal)];
            await CompareAsync(folder, files, "linear", new MergeMethod.Linear(), Rounds);
            await CompareAsync(folder, files, "ties, density 0.2", new MergeMethod.Ties(0.2, 1), 1);
            await CompareAsync(folder, files, "dare, drop 0.9", new MergeMethod.Dare(0.9, 1), 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CompareAsync(string folder, string[] files, string name, MergeMethod method, int rounds)
    {
        var output = Path.Combine(folder, "out");
        List<(TimeSpan Cache, TimeSpan Disk, TimeSpan Merge, TimeSpan Processor)> times = [];
        var peak = 0L;
        for (var round = 0; round < rounds; round++)
        {
            // The first one also brings whatever was pushed out back into the page cache.
            await CatAsync(files);
            var (cache, disk) = await FloorAsync(folder, files);
            // What made the checkpoints is no part of it.
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            ProcessMemory.ResetPeak();
            var (began, processor) = (Stopwatch.GetTimestamp(), Process.GetCurrentProcess().TotalProcessorTime);
            using (var merge = FolderMerge.Open(Settings(folder, output, method), TimeProvider.System))
            {
                await merge.RunAsync(progress: null, CancellationToken.None);
            }

            times.Add((cache, disk, Stopwatch.GetElapsedTime(began), Process.GetCurrentProcess().TotalProcessorTime - processor));
            peak = Math.Max(peak, ProcessMemory.Peak());
            Directory.Delete(output, recursive: true);
        }

        TimeSpan Median(Func<(TimeSpan Cache, TimeSpan Disk, TimeSpan Merge, TimeSpan Processor), TimeSpan> of) => times.Select(of).Order().ElementAt(rounds / 2);
        var merged = Median(time => time.Merge);
        var moved = 8.0 * FolderCheckpoints.Parameters;
        Measurement.Row($"{name}: merge", $"{merged.TotalSeconds:F2} s", $"{moved / merged.TotalSeconds / 1e9:F2} GB/s read and written");
        Measurement.Row($"{name}: processor time", $"{Median(time => time.Processor).TotalSeconds:F2} s", $"{Environment.ProcessorCount} processors");
        Measurement.Row($"{name}: peak memory (VmHWM)", $"{peak / 1e6:F0} MB");
        Measurement.Row("floor: cat of the inputs and writing the output", $"{Median(time => time.Cache).TotalSeconds:F2} s", $"merge / floor {Ratio(time => time.Merge / time.Cache)}");
        Measurement.Row("the same with the output brought to the disk", $"{Median(time => time.Disk).TotalSeconds:F2} s", $"merge / floor {Ratio(time => time.Merge / time.Disk)}");

        string Ratio(Func<(TimeSpan Cache, TimeSpan Disk, TimeSpan Merge, TimeSpan Processor), double> of) =>
            string.Create(CultureInfo.InvariantCulture, $"{times.Select(of).Order().ElementAt(rounds / 2):F2}");
    }

    private static FolderMergeSettings Settings(string folder, string output, MergeMethod method) => new()
    {
        Base = Path.Combine(folder, "base"),
        Vectors = [new FolderVector(Path.Combine(folder, "ft"), Path.Combine(folder, "pt"), 1)],
        Output = output,
        Method = method,
        ShardBytes = 1_000_000_000,
    };

    private static async Task<(TimeSpan Cache, TimeSpan Disk)> FloorAsync(string folder, string[] files)
    {
        var began = Stopwatch.GetTimestamp();
        await CatAsync(files);
        var path = Path.Combine(folder, "floor");
        var buffer = new byte[WriteBytes];
        using var handle = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write);
        for (var offset = 0L; offset < 2 * FolderCheckpoints.Parameters; offset += buffer.Length)
        {
            RandomAccess.Write(handle, buffer, offset);
        }

        var cache = Stopwatch.GetElapsedTime(began);
        RandomAccess.FlushToDisk(handle);
        var disk = Stopwatch.GetElapsedTime(began);
        File.Delete(path);
        return (cache, disk);
    }

    private static async Task CatAsync(string[] files)
    {
        // Reading from a pipe would copy once more; the shell's redirection does not.
        using var cat = Process.Start("/bin/sh", ["-c", $"cat {string.Join(' ', files)} >/dev/null"]);
        await cat.WaitForExitAsync();
    }
}
