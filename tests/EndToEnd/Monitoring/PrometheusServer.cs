using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Graft.Tests.Network;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>A real Prometheus on loopback, with the rules of k8s/monitoring, that scrapes one server.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly HttpClient _http;

    private PrometheusServer(Process process, Uri address)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = address };
    }

    /// <param name="folder">Its own, for what it keeps.</param>
    /// <param name="target">Host and port of /metrics.</param>
    public static async Task<PrometheusServer> StartAsync(string folder, string target)
    {
        Directory.CreateDirectory(folder);
        var config = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(config, $"""
            global: {"{"} scrape_interval: 500ms, evaluation_interval: 1s {"}"}
            rule_files: ["{MonitoringFolder.Path}/rules/*.yaml"]
            scrape_configs:
              - job_name: graft
                static_configs: [{"{"} targets: ["{target}"] {"}"}]
            """);
        var address = $"127.0.0.1:{FreePort.Find()}";
        var start = new ProcessStartInfo("prometheus", [$"--config.file={config}", $"--storage.tsdb.path={folder}/data", $"--web.listen-address={address}"])
        {
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        var server = new PrometheusServer(process, new Uri($"http://{address}"));
        await server.ReadyAsync();
        return server;
    }

    /// <summary>The answer of the HTTP API, whatever its status.</summary>
    /// <param name="path">Such as "query".</param>
    /// <param name="parameters">Names and values.</param>
    public async Task<JsonElement> AskAsync(string path, params (string Name, string Value)[] parameters)
    {
        using var content = new FormUrlEncodedContent(parameters.Select(parameter => KeyValuePair.Create(parameter.Name, parameter.Value)));
        var query = await content.ReadAsStringAsync();
        using var response = await _http.GetAsync(new Uri($"/api/v1/{path}?{query}", UriKind.Relative));
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Series an expression has at any time from then to now, as Grafana draws them; fails the test when it is no PromQL.</summary>
    public async Task<IReadOnlyList<JsonElement>> SeriesAsync(string expression, DateTimeOffset from)
    {
        var answer = await AskAsync(
            "query_range", ("query", expression), ("start", Seconds(from)), ("end", Seconds(TimeProvider.System.GetUtcNow())), ("step", "2"));
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{expression}: {answer}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray().Where(HasNumber)];
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static bool HasNumber(JsonElement series) => series.GetProperty("values").EnumerateArray().Any(value => value[1].GetString() != "NaN");

    private static string Seconds(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString(CultureInfo.InvariantCulture);

    private async Task ReadyAsync()
    {
        while (!_process.HasExited)
        {
            try
            {
                if ((await _http.GetAsync(new Uri("/-/ready", UriKind.Relative))).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(_look);
        }

        Assert.Fail($"Prometheus ended with {_process.ExitCode} before it was ready.");
    }
}
