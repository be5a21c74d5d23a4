using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>One service as a process of its own, as a pod runs it, which a test kills and starts again.</summary>
internal sealed class ServiceProcess(string name, IReadOnlyList<string> settings) : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly int _port = FreePort();
    private Process? _process;

    public string Name => name;

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Entries of its log that are errors.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Starts it, at the same address each time.</summary>
    public void Start()
    {
        var program = Path.Combine(SharedData.Repository, "artifacts", "bin", name, "release", $"Graft.{name}.dll");
        Assert.True(File.Exists(program), $"{program} is not built.");
        var start = new ProcessStartInfo(
            "dotnet", [program, $"--Hosting:Address=127.0.0.1:{_port}", "--Hosting:MetricsAddress=", .. settings])
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
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }
    }

    private void Read(string? line)
    {
        if (line is not null && (line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal)))
        {
            _errors.Enqueue($"{name}: {line}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
