using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Graft.Client;
using Grpc.Net.Client;

namespace Graft.Tests.Benchmarks.Load;

/// <summary>One client with a connection of its own: calls in turn with pauses, and a watch of the run that goes on.</summary>
[SuppressMessage("Design", "CA1031", Justification = "Whatever goes wrong is counted.")]
internal sealed class LoadClient(
    int number, Uri server, IReadOnlyList<NameEntry> names, TimeSpan pause, StudyRounds studies, Latencies latencies)
{
    private const int ReadBytes = 64 << 10;

    private readonly Random _random = new(number);

    public async Task RunAsync(CancellationToken end)
    {
        // Remembers nothing: each read is the server's.
        using var client = new GraftClient(new ClientOptions { Server = server, CacheBytes = 0, DirectReads = false }, TimeProvider.System);
        // Watched without the typed client, which keeps a copy of the run for each reader: the server is to be at work, not two hundred copies.
        using var channel = GrpcChannel.ForAddress(server);
        await Task.WhenAll(CallAsync(client, end), WatchAsync(new V1.CoordinatorService.CoordinatorServiceClient(channel), end));
    }

    private async Task CallAsync(GraftClient client, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await TimeAsync("list names", () => client.Store.ListNamesAsync("demo/smoke-0", end).Take(20).ToListAsync(end).AsTask(), end);
            await TimeAsync("list runs", () => client.Coordinator.ListAsync(end).Take(20).ToListAsync(end).AsTask(), end);
            ArtifactInfo? info = null;
            await TimeAsync(
                "get artifact", async () => info = await client.Store.GetArtifactAsync(names[_random.Next(names.Count)].Name, end), end);
            if (info?.Manifest.Contents.FirstOrDefault() is { } content)
            {
                var size = info.Manifest.Tensors.Select(tensor => tensor.Size).Concat(info.Manifest.Files.Select(file => file.Size)).FirstOrDefault();
                await TimeAsync("read 64 KiB", () => client.Store.ReadAsync(content, 0, new byte[Math.Min(size, ReadBytes)], end), end);
            }
        }
    }

    // The first state of a watch is an answer like others; what follows comes when it comes.
    private async Task WatchAsync(V1.CoordinatorService.CoordinatorServiceClient coordinator, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            await TimeAsync("open watch", async () =>
            {
                using var watch = coordinator.WatchRun(new V1.WatchRunRequest { Id = studies.Current }, cancellationToken: end);
                await watch.ResponseStream.MoveNext(end);
            },
            end);
            await GuardAsync("watch", async () =>
            {
                using var watch = coordinator.WatchRun(new V1.WatchRunRequest { Id = studies.Current }, cancellationToken: end);
                while (await watch.ResponseStream.MoveNext(end))
                {
                    latencies.Seen();
                }
            },
            end);
        }
    }

    private async Task TimeAsync(string kind, Func<Task> call, CancellationToken end)
    {
        await GuardAsync(kind, () => Task.Delay(pause * _random.NextDouble(), end), end);
        await GuardAsync(kind, async () =>
        {
            var began = Stopwatch.GetTimestamp();
            await call();
            latencies.Add(kind, Stopwatch.GetElapsedTime(began));
        },
        end);
    }

    private async Task GuardAsync(string kind, Func<Task> call, CancellationToken end)
    {
        try
        {
            await call();
        }
        catch (Exception exception)
        {
            if (!end.IsCancellationRequested)
            {
                latencies.Errors.Enqueue($"{kind}: {exception.Message}");
            }
        }
    }
}
