using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Cli.Connections;
using Graft.Client;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// The same merge of a billion parameters through the services, over gRPC on loopback: the store in this process, the merger in one of its
/// own, whose peak memory is told.
/// </summary>
internal static class StoreMergeBenchmark
{
    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        try
        {
            await using var server = await LocalServer.StartAsync(new LocalServerSettings(Path.Combine(folder, "store")), CancellationToken.None);
            using var merger = StartMerger(server.Address, out var address);
            try
            {
                using var client = new GraftClient(
                    new ClientOptions { Server = server.Address, Merger = address, CacheBytes = 0 }, TimeProvider.System);
                await MeasureAsync(client, folder, merger.Id);
            }
            finally
            {
                merger.Kill();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(GraftClient client, string folder, int merger)
    {
        var start = await ImportAsync(client, folder, "base", null);
        var pretrained = await ImportAsync(client, folder, "pt", null);
        var fineTuned = await ImportAsync(client, folder, "ft", pretrained);
        var vector = await MakeAsync(client, new ExtractRecipe(fineTuned, pretrained), "extract");
        Measurement.Row("extract: peak memory of the merger (VmHWM)", $"{ProcessMemory.Peak(merger) / 1e6:F0} MB");
        var recipe = new MergeRecipe(start, [new ScaledVector(vector, 1)], Provenance.Base, Provenance.Base);
        await MakeAsync(client, recipe, "linear merge");
        Measurement.Row("merge: peak memory of the merger (VmHWM)", $"{ProcessMemory.Peak(merger) / 1e6:F0} MB");
    }

    private static Process StartMerger(Uri store, out Uri address)
    {
        using var port = new TcpListener(IPAddress.Loopback, 0);
        port.Start();
        address = new Uri($"http://127.0.0.1:{((IPEndPoint)port.LocalEndpoint).Port}");
        port.Stop();
        var program = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "../../Merger/release/Graft.Merger.dll")])
        {
            Environment =
            {
                ["Hosting__Address"] = address.Authority,
                ["Hosting__MetricsAddress"] = "",
                ["Client__VectorStore"] = store.ToString(),
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        return Process.Start(program)!;
    }

    private static async Task<Digest> ImportAsync(GraftClient client, string folder, string name, Digest? parent)
    {
        var source = Path.Combine(folder, name);
        FolderCheckpoints.Write(source, name.Length + name[0]);
        var above = parent is { } digest ? (await client.Store.GetArtifactAsync(digest.ToString(), CancellationToken.None)).Manifest : null;
        var manifest = await CheckpointFolder.ImportAsync(client.Store, source, above, progress: null, CancellationToken.None);
        Directory.Delete(source, recursive: true);
        return await client.Store.PutArtifactAsync(manifest, name, CancellationToken.None);
    }

    private static async Task<Digest> MakeAsync(GraftClient client, Recipe recipe, string name)
    {
        var began = Stopwatch.GetTimestamp();
        await client.Workers.StartAsync(recipe, CancellationToken.None);
        JobStatus? last = null;
        await foreach (var job in client.Workers.WatchAsync(recipe, CancellationToken.None))
        {
            last = job;
        }

        Measurement.Row(name, $"{Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        return last!.Error is { } fault ? throw fault : last.Outputs["result"];
    }
}
