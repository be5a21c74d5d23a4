using System.Diagnostics;
using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Client;
using Graft.Hosting;
using Graft.Tests.S3;
using Graft.VectorStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// Reading a fine-tuned checkpoint (bf16, kept as deltas) whose objects are on a real S3 server on loopback: through the service,
/// directly from the objects, from the disk and from memory. Service, S3 server and reader share one machine, so that what is saved
/// is work, not network.
/// </summary>
internal static class TransferBenchmark
{
    private const int Tensors = 16;
    private const int TensorBytes = 16 << 20;
    private const int Readers = 4;
    private const int Rounds = 5;

    public static async Task RunAsync()
    {
        await using var s3 = await S3Server.StartAsync(CancellationToken.None);
        await using var host = await StartAsync(s3);
        var address = GraftHosting.BoundAddress(host);
        var cache = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        using var service = NewClient(new ClientOptions { Server = address, CacheBytes = 0, DirectReads = false });
        using var direct = NewClient(new ClientOptions { Server = address, CacheBytes = 0 });
        using var disk = NewClient(new ClientOptions { Server = address, CacheBytes = 0, CacheFolder = cache, CacheDiskBytes = 8L << 30 });
        using var memory = NewClient(new ClientOptions { Server = address, CacheBytes = 8L << 30 });
        var contents = await UploadAsync(service.Store);

        (string Name, StoreClient Store)[] ways =
            [("through the service", service.Store), ("directly from S3", direct.Store), ("from the disk", disk.Store), ("from memory", memory.Store)];
        var times = ways.Select(_ => new List<TimeSpan>()).ToArray();
        for (var round = -1; round < Rounds; round++)
        {
            for (var way = 0; way < ways.Length; way++)
            {
                var time = await TimeAsync(() => ReadAsync(ways[way].Store, contents));
                if (round >= 0)
                {
                    times[way].Add(time);
                }
            }
        }

        var medians = times.Select(list => list.Order().ElementAt(Rounds / 2)).ToArray();
        for (var way = 0; way < ways.Length; way++)
        {
            Row($"{Tensors} tensors of {TensorBytes >> 20} MiB {ways[way].Name}", medians[way], (long)Tensors * TensorBytes, medians[0]);
        }

        Directory.Delete(cache, recursive: true);
        await host.StopAsync();
    }

    // The fine-tuned ones; half of the time of a transfer of small updates is their decoding.
    private static async Task<List<Digest>> UploadAsync(StoreClient store)
    {
        List<Digest> contents = [];
        var elapsed = TimeSpan.Zero;
        for (var i = 0; i < Tensors; i++)
        {
            var (pretrained, fineTuned) = Pair(i);
            elapsed += await TimeAsync(async () =>
            {
                var parent = await store.WriteTensorAsync("w", DType.BF16, [TensorBytes / 2], pretrained, null, CancellationToken.None);
                var entry = await store.WriteTensorAsync("w", DType.BF16, [TensorBytes / 2], fineTuned, parent.Sha256, CancellationToken.None);
                contents.Add(entry.Sha256);
            });
        }

        Row($"upload of {2 * Tensors} tensors, one after the other", elapsed, 2L * Tensors * TensorBytes, null);
        return contents;
    }

    private static Task ReadAsync(StoreClient store, List<Digest> contents) => Parallel.ForEachAsync(
        contents,
        new ParallelOptions { MaxDegreeOfParallelism = Readers },
        async (content, token) => await store.ReadAsync(content, TensorBytes, token));

    private static async Task<TimeSpan> TimeAsync(Func<Task> action)
    {
        var began = Stopwatch.GetTimestamp();
        await action();
        return Stopwatch.GetElapsedTime(began);
    }

    private static void Row(string name, TimeSpan time, long bytes, TimeSpan? service) => Measurement.Row(
        name, $"{bytes / time.TotalSeconds / 1e6:F0} MB/s", service is null ? "" : $"{service.Value / time:F2} times through the service");

    private static GraftClient NewClient(ClientOptions options) => new(options, TimeProvider.System);

    // W ~ N(0, 0.02), FT - PT ~ N(0, 1e-4), both bf16, from tables of normal numbers.
    private static (byte[] Pretrained, byte[] FineTuned) Pair(int seed)
    {
        var random = new Random(seed);
        var normal = new float[4096];
        for (var i = 0; i < normal.Length; i++)
        {
            normal[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        var (pretrained, fineTuned) = (new byte[TensorBytes], new byte[TensorBytes]);
        random.NextBytes(pretrained);
        random.NextBytes(fineTuned);
        var from = MemoryMarshal.Cast<byte, ushort>(pretrained.AsSpan());
        var to = MemoryMarshal.Cast<byte, ushort>(fineTuned.AsSpan());
        for (var i = 0; i < from.Length; i++)
        {
            var weight = (0.02f * normal[from[i] % normal.Length]) + (1e-3f * normal[from[i] / 16]);
            var update = 1e-4f * normal[to[i] % normal.Length];
            from[i] = (ushort)(BitConverter.SingleToUInt32Bits(weight) >> 16);
            to[i] = (ushort)(BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle((uint)from[i] << 16) + update) >> 16);
        }

        return (pretrained, fineTuned);
    }

    private static async Task<WebApplication> StartAsync(S3Server s3)
    {
        var options = s3.Options("graft-benchmark", "transfer");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Hosting:Address"] = "127.0.0.1:0",
            ["Hosting:MetricsAddress"] = "",
            ["VectorStore:S3:Endpoint"] = options.Endpoint,
            ["VectorStore:S3:Bucket"] = options.Bucket,
            ["VectorStore:S3:Prefix"] = options.Prefix,
            ["VectorStore:S3:AccessKey"] = options.AccessKey,
            ["VectorStore:S3:SecretKey"] = options.SecretKey,
        });
        builder.AddGraftHosting();
        builder.AddVectorStore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGraftHosting();
        app.MapVectorStore();
        await app.StartAsync();
        return app;
    }
}
