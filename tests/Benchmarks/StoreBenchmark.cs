using System.Diagnostics;
using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Cli.Connections;
using Graft.Client;

namespace Graft.Tests.Benchmarks;

/// <summary>
/// 256 MiB of bf16 weights N(0, 0.02) in eight tensors, and as many with updates N(0, 2e-4) stored against them, through gRPC on
/// loopback into a folder. The floor is what cannot be left out, on all cores: hashing the bytes at both ends, and the codec.
/// </summary>
internal static class StoreBenchmark
{
    private const int Tensors = 8;
    private const int TensorBytes = 32 << 20;
    private const int Rounds = 5;
    private const double Bytes = (double)Tensors * TensorBytes;

    public static async Task RunAsync()
    {
        var parents = Enumerable.Range(0, Tensors).Select(i => Weights(i, null)).ToArray();
        var children = parents.Select((parent, i) => Weights(100 + i, parent)).ToArray();
        var encoded = children.Select((child, i) => Encode(child, parents[i])).ToArray();
        Dictionary<string, List<TimeSpan>> times = [];
        for (var round = 0; round < Rounds; round++)
        {
            Add("floor of writing", Time(() => OnAllCores((i, begin) => WriteFloor(children[i], parents[i], begin))));
            Add("floor of reading", Time(() => OnAllCores((i, begin) => ReadFloor(encoded[i], parents[i], begin))));
            await RoundAsync(parents, children, Add);
        }

        Measurement.Row("bits per weight", $"{8 * encoded.Sum(chunks => chunks.Sum(chunk => (double)chunk.Length)) / (Bytes / 2):F2}");
        foreach (var (name, list) in times)
        {
            var median = list.Order().ElementAt(Rounds / 2);
            var floor = times[name.StartsWith("upload", StringComparison.Ordinal) || name == "floor of writing" ? "floor of writing" : "floor of reading"];
            Measurement.Row(name, $"{Bytes / median.TotalSeconds / 1e6:F0} MB/s", $"{median / floor.Order().ElementAt(Rounds / 2):F2} x the floor's time");
        }

        void Add(string name, TimeSpan time)
        {
            times.TryAdd(name, []);
            times[name].Add(time);
        }
    }

    // A store of its own, so that nothing is there already.
    private static async Task RoundAsync(byte[][] parents, byte[][] children, Action<string, TimeSpan> add)
    {
        var folder = Directory.CreateTempSubdirectory("graft-benchmark-").FullName;
        try
        {
            for (var streams = 1; streams <= 4; streams += 3)
            {
                var place = Path.Combine(folder, $"{streams}");
                await using var server = await LocalServer.StartAsync(new LocalServerSettings(place), CancellationToken.None);
                using var client = new GraftClient(new ClientOptions { Server = server.Address, CacheBytes = 0 }, TimeProvider.System);
                var digests = parents.Select(parent => Digest.Of(parent)).ToArray();
                await WriteAsync(client.Store, parents, null, streams);
                add($"upload, {streams} at a time", await TimeAsync(() => WriteAsync(client.Store, children, digests, streams)));
                add($"download, {streams} at a time", await TimeAsync(() => ReadAsync(client.Store, [.. children.Select(child => Digest.Of(child))], streams)));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task WriteAsync(StoreClient store, byte[][] tensors, Digest[]? parents, int streams) => Parallel.ForAsync(
        0,
        Tensors,
        new ParallelOptions { MaxDegreeOfParallelism = streams },
        async (i, token) => await store.WriteTensorAsync($"w{i}", DType.BF16, [TensorBytes / 2], tensors[i], parents?[i], token));

    private static Task ReadAsync(StoreClient store, Digest[] digests, int streams) => Parallel.ForAsync(
        0,
        Tensors,
        new ParallelOptions { MaxDegreeOfParallelism = streams },
        async (i, token) => await store.ReadAsync(digests[i], TensorBytes, token));

    private static byte[][] Encode(byte[] child, byte[] parent) =>
    [
        .. Enumerable.Range(0, TensorBytes / ContentCodec.MaxChunkSize).Select(i => ContentCodec.Encode(
            child.AsSpan(i * ContentCodec.MaxChunkSize, ContentCodec.MaxChunkSize), DType.BF16, parent.AsSpan(i * ContentCodec.MaxChunkSize, ContentCodec.MaxChunkSize))),
    ];

    private static void WriteFloor(byte[] child, byte[] parent, int begin)
    {
        var raw = child.AsSpan(begin, ContentCodec.MaxChunkSize);
        _ = Digest.Of(raw);
        _ = Digest.Of(raw);
        _ = Digest.Of(ContentCodec.Encode(raw, DType.BF16, parent.AsSpan(begin, ContentCodec.MaxChunkSize)));
    }

    private static void ReadFloor(byte[][] chunks, byte[] parent, int begin)
    {
        var chunk = chunks[begin / ContentCodec.MaxChunkSize];
        var raw = new byte[ContentCodec.MaxChunkSize];
        _ = Digest.Of(chunk);
        ContentCodec.Decode(chunk, parent.AsSpan(begin, raw.Length), raw);
        _ = Digest.Of(raw);
        _ = Digest.Of(raw);
    }

    private static void OnAllCores(Action<int, int> work) => Parallel.For(
        0,
        Tensors * (TensorBytes / ContentCodec.MaxChunkSize),
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
        i => work(i / (TensorBytes / ContentCodec.MaxChunkSize), i % (TensorBytes / ContentCodec.MaxChunkSize) * ContentCodec.MaxChunkSize));

    private static TimeSpan Time(Action work)
    {
        var began = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began);
    }

    private static byte[] Weights(int seed, byte[]? near)
    {
        var random = new Random(seed);
        var values = new ushort[TensorBytes / 2];
        var around = near is null ? default : MemoryMarshal.Cast<byte, ushort>(near.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            var draw = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = Bits(near is null ? 0.02 * draw : BitConverter.UInt32BitsToSingle((uint)around[i] << 16) + (2e-4 * draw));
        }

        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    // Nearest bf16, ties to even.
    private static ushort Bits(double value)
    {
        var bits = BitConverter.SingleToUInt32Bits((float)value);
        return (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }
}
