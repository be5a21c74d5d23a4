using System.Collections.Concurrent;
using System.Diagnostics;
using Graft.Tests.Network;
using Xunit;

namespace Graft.Tests.EndToEnd.Cluster;

/// <summary>
/// One service as a process of its own, as a pod runs it, which a test kills, stops and starts again, and whose connections it breaks.
/// </summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan _grace = TimeSpan.FromMinutes(1);

    private readonly ConcurrentQueue<string> _errors = new();
    private readonly int _port = FreePort.Find();
    private readonly IReadOnlyList<string> _settings;
    private readonly CuttingProxy _network;
    private Process? _process;

    public ServiceProcess(string name, IReadOnlyList<string> settings)
    {
        Name = name;
        _settings = settings;
        _network = new CuttingProxy(new Uri($"http://127.0.0.1:{_port}"), cutsUpload: false);
    }

    public string Name { get; }

    /// <summary>Where others reach it, over connections that can be broken.</summary>
    public Uri Address => _network.Address;

    /// <summary>Entries of its log that are errors.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Starts it, at the same address each time.</summary>
    public void Start()
    {
        var program = Path.Combine(SharedData.Repository, "artifacts", "bin", Name, "release", $"Graft.{Name}.dll");
        Assert.True(File.Exists(program), $"{program} is not built.");
        var start = new ProcessStartInfo(
            "dotnet", [program, $"--Hosting:Address=127.0.0.1:{_port}", "--Hosting:MetricsAddress=", .. _settings])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await EndAsync();
    }

    /// <summary>SIGTERM, as an orchestrator sends, and the time it grants.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        await _process!.SignalAsync("TERM");
        return await EndAsync();
    }

    /// <summary>Resets every connection to it.</summary>
    public Task ResetAsync() => _network.ResetAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        await _network.DisposeAsync();
    }

    private async Task<int> EndAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_grace);
        await _process!.WaitForExitAsync(limit.Token);
        var code = _process.ExitCode;
        _process.Dispose();
        _process = null;
        return code;
    }

    private void Read(string? line)
    {
        if (line is not null && (line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal)))
        {
            _errors.Enqueue($"{Name}: {line}");
        }
    }
}
