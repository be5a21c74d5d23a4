using System.Diagnostics;
using System.Diagnostics.Metrics;
using Graft.Tests.S3;
using Graft.VectorStore.Objects.S3;
using Microsoft.Extensions.Logging.Abstractions;
using Minio;
using Minio.DataModel.Args;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// The store's objects on S3 against the Minio package's own calls (PutObject with a condition, GetObject), in turn, on one real
/// server: chunks of 4 MiB and objects of 4 KiB, eight at a time.
/// </summary>
internal static class S3Benchmark
{
    private const int Rounds = 5;
    private const int Parallelism = 8;

    public static async Task RunAsync()
    {
        await using var server = await S3Server.StartAsync(CancellationToken.None);
        var options = server.Options($"graft-benchmark-{Guid.NewGuid():n}", "");
        using var store = new S3ObjectStore(options, TimeProvider.System, NullLogger<S3ObjectStore>.Instance);
        await store.StartAsync(CancellationToken.None);
        using var package = new MinioClient().WithEndpoint(server.Endpoint.Host, server.Endpoint.Port)
            .WithCredentials(server.AccessKey, server.SecretKey).WithRegion("us-east-1").Build();

        Measurement.Row("server", store.Server);
        foreach (var (size, count) in new[] { (4 << 20, 24), (4 << 10, 400) })
        {
            var peers = new Peers(store, package, options.Bucket, size, count);
            var times = await CompareAsync(peers);
            var label = size >= 1 << 20 ? $"{size >> 20} MiB" : $"{size >> 10} KiB";
            Measurement.Row($"{label}: put", Rate(size, count, times[0]), $"package {Rate(size, count, times[1])}, requests {times[0].Requests:F2} against {times[1].Requests:F2}");
            Measurement.Row($"{label}: get", Rate(size, count, times[2]), $"package {Rate(size, count, times[3])}, requests {times[2].Requests:F2} against {times[3].Requests:F2}");
        }
    }

    private static string Rate(int size, int count, (TimeSpan Time, double Requests) measured) => size >= 1 << 20
        ? $"{(double)size * count / (1 << 20) / measured.Time.TotalSeconds:F0} MiB/s"
        : $"{count / measured.Time.TotalSeconds:F0} 1/s";

    /// <returns>Median time, and requests an object, of each: our put, the package's, our get, the package's.</returns>
    private static async Task<(TimeSpan Time, double Requests)[]> CompareAsync(Peers peers)
    {
        var times = Enumerable.Range(0, 4).Select(_ => new List<TimeSpan>()).ToArray();
        var requests = new double[4];
        for (var round = 0; round <= Rounds; round++)
        {
            for (var peer = 0; peer < 4; peer++)
            {
                using var counter = new RequestCounter();
                var began = Stopwatch.GetTimestamp();
                var (current, which) = (round, peer);
                await Parallel.ForAsync(
                    0, peers.Count, new ParallelOptions { MaxDegreeOfParallelism = Parallelism }, (i, token) => new ValueTask(peers.RunAsync(which, current, i, token)));
                var time = Stopwatch.GetElapsedTime(began);
                // The first round warms up.
                if (round > 0)
                {
                    times[peer].Add(time);
                    requests[peer] = (double)counter.Count / peers.Count;
                }
            }
        }

        return [.. times.Select((list, i) => (list.Order().ElementAt(Rounds / 2), requests[i]))];
    }

    private sealed class Peers(S3ObjectStore store, IMinioClient package, string bucket, int size, int count)
    {
        private readonly byte[] _bytes = Noise(size);

        public int Count => count;

        public Task RunAsync(int peer, int round, int i, CancellationToken cancellationToken) => peer switch
        {
            0 => store.PutIfAbsentAsync($"blobs/{size}-{round}-{i}", _bytes, cancellationToken),
            1 => PutAsync($"package/{size}-{round}-{i}", cancellationToken),
            2 => store.GetAsync($"blobs/{size}-{round}-{i}", cancellationToken),
            _ => GetAsync($"package/{size}-{round}-{i}", cancellationToken),
        };

        private async Task PutAsync(string name, CancellationToken cancellationToken)
        {
            using var stream = new MemoryStream(_bytes, writable: false);
            await package.PutObjectAsync(
                new PutObjectArgs().WithBucket(bucket).WithObject(name).WithStreamData(stream).WithObjectSize(size).WithNotMatchETag("*"), cancellationToken);
        }

        private async Task GetAsync(string name, CancellationToken cancellationToken)
        {
            using var bytes = new MemoryStream(size);
            await package.GetObjectAsync(
                new GetObjectArgs().WithBucket(bucket).WithObject(name).WithCallbackStream((stream, token) => stream.CopyToAsync(bytes, token)), cancellationToken);
        }

        private static byte[] Noise(int size)
        {
            var bytes = new byte[size];
            new Random(1).NextBytes(bytes);
            return bytes;
        }
    }

    /// <summary>Counts requests of every HTTP client in this process.</summary>
    private sealed class RequestCounter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _count;

        public RequestCounter()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is { Meter.Name: "System.Net.Http", Name: "http.client.request.duration" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _count));
            _listener.Start();
        }

        public long Count => Interlocked.Read(ref _count);

        public void Dispose() => _listener.Dispose();
    }
}
