using Graft.Tests.Network;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>
/// The smoke study on a real server, watched from outside by a real Prometheus and a collector of spans. Where a C compiler is there, the
/// server finds a GPU made of C, so that what it tells of one is seen too.
/// </summary>
[CollectionDefinition(nameof(MonitoredRun))]
public sealed class MonitoredRun : IAsyncLifetime, ICollectionFixture<MonitoredRun>
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(200);

    private readonly TemporaryFolder _folder = new();
    private PrometheusServer? _prometheus;
    private SpanCollector? _collector;
    private GraftProcess? _server;
    private string? _text;

    internal PrometheusServer Prometheus => Needed(_prometheus);

    internal SpanCollector Collector => Needed(_collector);

    public DateTimeOffset Began { get; private set; }

    /// <summary>What the server answers to GET /metrics after the run.</summary>
    public string Text => Needed(_text);

    public bool HasGpu { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (!await Tool.TryInstallAsync(Tool.Promtool, Tool.PrometheusPackage))
        {
            return;
        }

        _collector = await SpanCollector.StartAsync();
        var (grpc, metrics) = ($"127.0.0.1:{FreePort.Find()}", $"127.0.0.1:{FreePort.Find()}");
        _prometheus = await PrometheusServer.StartAsync(Path.Combine(_folder.Path, "prometheus"), metrics);
        _server = GraftProcess.Start(
            await VariablesAsync(), "serve", "--address", grpc, "--metrics-address", metrics, "--store", Path.Combine(_folder.Path, "store"));
        await _server.ServesAsync();
        Began = TimeProvider.System.GetUtcNow();
        await GraftProcess.RunAsync("demo", "--preset", "smoke", "--server", $"http://{grpc}", "--out", Path.Combine(_folder.Path, "out"));
        await GraftProcess.RunAsync("verify", "--all", "--server", $"http://{grpc}");
        await using (var refused = GraftProcess.Start("show", "nothing", "--server", $"http://{grpc}"))
        {
            Assert.NotEqual(0, await refused.ExitAsync());
        }

        using var http = new HttpClient();
        _text = await http.GetStringAsync(new Uri($"http://{metrics}/metrics"));
        await UntilAsync(async () => (await Prometheus.SeriesAsync("graft_store_verified_bytes_total > 0", Began)).Count > 0);
        await UntilAsync(() => Task.FromResult(Collector.Spans.Any(span => span.Name == "run")));
    }

    public async ValueTask DisposeAsync()
    {
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_prometheus?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_collector?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Dispose();
    }

    // A fixture cannot skip; its tests do.
    private static T Needed<T>(T? part)
    {
        Assert.SkipWhen(part is null, Tool.Reason(Tool.Promtool, Tool.PrometheusPackage));
        return part!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < _limit, "What the run left never came.");
            await Task.Delay(_look);
        }
    }

    private async Task<Dictionary<string, string>> VariablesAsync()
    {
        Dictionary<string, string> variables = new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Collector.Address.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "500",
            ["OTEL_BSP_MAX_QUEUE_SIZE"] = "100000",
            // So that the share of it in use is told.
            ["Trainer__PeakFlops"] = "1e11",
        };
        if (Tool.IsThere("cc"))
        {
            var folder = Directory.CreateDirectory(Path.Combine(_folder.Path, "gpu")).FullName;
            var source = Path.Combine(SharedData.Repository, "tests", "EndToEnd", "Monitoring", "fake-nvml.c");
            var (code, output) = await Tool.RunAsync("cc", "-shared", "-fPIC", "-o", Path.Combine(folder, "libnvidia-ml.so.1"), source);
            Assert.True(code == 0, output);
            variables["LD_LIBRARY_PATH"] = folder;
            HasGpu = true;
        }

        return variables;
    }
}
