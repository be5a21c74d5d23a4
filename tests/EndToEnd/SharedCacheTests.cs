using System.Globalization;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>Several commands with one cache on disk, far smaller than what they move through it.</summary>
public sealed class SharedCacheTests
{
    private const int MiB = 1 << 20;
    private const int LimitMiB = 24;

    [Fact]
    public async Task Processes_share_a_cache_and_its_limit_holds_even_when_some_are_killed()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "A", "B" })
        {
            WriteCheckpoint(folder[name], seed: name[0]);
            await GraftProcess.RunAsync("import", folder[name], "--name", name, "--store", folder["store"]);
        }

        await using var server = GraftProcess.Serve(folder["store"]);
        var address = (await server.ServesAsync()).OriginalString;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var watching = Task.Run(() => WatchAsync(folder["cache"], end.Token), TestContext.Current.CancellationToken);

        // Three export to the end, two are killed on the way.
        GraftProcess Export(string name, string target) => GraftProcess.Start(
            new Dictionary<string, string> { ["GRAFT_CACHE"] = folder["cache"], ["GRAFT_CACHE_SIZE"] = $"{LimitMiB}MiB" },
            "export", name, folder[target], "--server", address);
        GraftProcess[] exports = [Export("A", "1"), Export("B", "2"), Export("A", "3")];
        GraftProcess[] victims = [Export("B", "4"), Export("A", "5")];
        foreach (var victim in victims)
        {
            await UntilAsync(() => Directory.Exists(Path.Combine(folder["cache"], "contents")));
            await victim.KillAsync();
        }

        foreach (var export in exports)
        {
            Assert.True(await export.ExitAsync() == 0, export.Errors);
        }

        Assert.True(await ExitCodeAsync(Export("B", "6")) == 0);
        await end.CancelAsync();
        Assert.InRange(await watching, LimitMiB / 4 * MiB, LimitMiB * (long)MiB);
        foreach (var (name, target) in new[] { ("A", "1"), ("B", "2"), ("A", "3"), ("B", "6") })
        {
            Assert.Equal(DigestOf(Path.Combine(folder[name], "model.safetensors")), DigestOf(Path.Combine(folder[target], "model.safetensors")));
        }

        foreach (var process in exports.Concat(victims))
        {
            await process.DisposeAsync();
        }
    }

    private static async Task<int> ExitCodeAsync(GraftProcess process)
    {
        await using (process)
        {
            return await process.ExitAsync();
        }
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        while (!isTrue())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
        }
    }

    // Files come and go while the folders are listed. Those that are there after it too were all there at once when it ended.
    private static async Task<long> WatchAsync(string cache, CancellationToken cancellationToken)
    {
        var most = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var files = new[] { "partial", "contents" }
                .Select(part => new DirectoryInfo(Path.Combine(cache, part)))
                .Where(part => part.Exists)
                .SelectMany(part => part.GetFiles())
                .ToList();
            most = Math.Max(most, files.Where(Exists).Sum(file => file.Length));
            await Task.Delay(TimeSpan.FromMilliseconds(2), CancellationToken.None);
        }

        return most;
    }

    private static bool Exists(FileInfo file)
    {
        file.Refresh();
        return file.Exists;
    }

    private static string DigestOf(string path) => Digest.Of(File.ReadAllBytes(path)).ToString();

    // 60 MiB in tensors of 3 MiB.
    private static void WriteCheckpoint(string folder, int seed)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{}");
        var entries = Enumerable.Range(0, 20)
            .Select(i => new TensorEntry(i.ToString("D2", CultureInfo.InvariantCulture), DType.U8, [3 * MiB], default));
        using var writer = SafetensorsWriter.Create(Path.Combine(folder, "model.safetensors"), entries, SafetensorsWriter.PyTorchMetadata);
        var random = new Random(seed);
        var bytes = new byte[3 * MiB];
        foreach (var tensor in writer.Tensors)
        {
            random.NextBytes(bytes);
            writer.Write(tensor, bytes);
        }

        writer.Complete();
    }
}
