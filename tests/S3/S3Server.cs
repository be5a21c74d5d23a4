using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Graft.VectorStore.Objects.S3;

namespace Graft.Tests.S3;

/// <summary>
/// A real S3 server: the one that GRAFT_TEST_S3 names as http://ACCESS:SECRET@host:port, or Ceph's gateway started here
/// (start-s3.sh; GRAFT_TEST_S3_SUITE chooses another Debian suite's version), which ends with this process however that ends.
/// </summary>
internal sealed class S3Server : IAsyncDisposable
{
    private const int Attempts = 3;

    private readonly string _folder;
    private readonly string _store;
    private Process? _process;
    private int[] _daemons = [];
    private int _monitorPort;

    private S3Server(string store)
    {
        _store = store;
        _folder = Directory.CreateTempSubdirectory("graft-s3-").FullName;
    }

    public Uri Endpoint { get; private set; } = new("http://127.0.0.1");

    public string AccessKey { get; private set; } = "";

    public string SecretKey { get; private set; } = "";

    /// <summary>Whether a server can be had here at all.</summary>
    public static bool IsPossible => External is not null || OperatingSystem.IsLinux();

    private static string? External => Environment.GetEnvironmentVariable("GRAFT_TEST_S3") is { Length: > 0 } address ? address : null;

    /// <summary>The server for most tests.</summary>
    public static async Task<S3Server> StartAsync(CancellationToken cancellationToken)
    {
        var server = new S3Server("memstore");
        if (External is { } address)
        {
            var uri = new Uri(address);
            var keys = uri.UserInfo.Split(':');
            server.Endpoint = new Uri(uri.GetLeftPart(UriPartial.Scheme) + uri.Authority);
            (server.AccessKey, server.SecretKey) = (Uri.UnescapeDataString(keys[0]), Uri.UnescapeDataString(keys[1]));
            return server;
        }

        await server.StartGatewayAsync(cancellationToken);
        return server;
    }

    /// <summary>One of our own that can be killed and started again without losing anything.</summary>
    public static async Task<S3Server> StartDurableAsync(CancellationToken cancellationToken)
    {
        var server = new S3Server("bluestore");
        await server.StartGatewayAsync(cancellationToken);
        return server;
    }

    public S3Options Options(string bucket, string prefix) => new()
    {
        Endpoint = Endpoint.GetLeftPart(UriPartial.Authority),
        Bucket = bucket,
        Prefix = prefix,
        AccessKey = AccessKey,
        SecretKey = SecretKey,
    };

    /// <summary>SIGKILL for every part of it.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        foreach (var daemon in _daemons)
        {
            using var process = Process.GetProcessById(daemon);
            process.Kill();
        }

        _process!.StandardInput.Close();
        await _process.WaitForExitAsync(cancellationToken);
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on the same ports with what it had.</summary>
    public Task RestartAsync(CancellationToken cancellationToken) => RunAsync(Endpoint.Port, _monitorPort, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartGatewayAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var ports = FreePorts();
                await RunAsync(ports[0], ports[1], cancellationToken);
                return;
            }
            catch (InvalidOperationException) when (attempt < Attempts)
            {
                // Somebody was quicker to take a port that was free a moment ago.
            }
        }
    }

    private async Task RunAsync(int port, int monitorPort, CancellationToken cancellationToken)
    {
        _monitorPort = monitorPort;
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "start-s3.sh"), "--port", $"{port}", "--monitor-port", $"{monitorPort}", "--data", _folder,
            "--store", _store, "--suite", Environment.GetEnvironmentVariable("GRAFT_TEST_S3_SUITE") is { Length: > 0 } suite ? suite : "host",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        var process = Process.Start(start)!;
        var complaints = new StringBuilder();
        process.ErrorDataReceived += (_, line) => complaints.AppendLine(line.Data);
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Take(line))
            {
                _process = process;
                return;
            }
        }

        await process.WaitForExitAsync(cancellationToken);
        process.Dispose();
        throw new InvalidOperationException(
            $"No S3 server for the tests: {complaints} Run them as root on Debian 12 or later, or set GRAFT_TEST_S3=http://ACCESS:SECRET@host:port.");
    }

    // The last line says that it serves.
    private bool Take(string line)
    {
        var value = line[(line.IndexOf('=') + 1)..];
        switch (line.Split('=')[0])
        {
            case "S3_ENDPOINT":
                Endpoint = new Uri(value);
                return false;
            case "S3_ACCESS_KEY":
                AccessKey = value;
                return false;
            case "S3_SECRET_KEY":
                SecretKey = value;
                return false;
            case "S3_PIDS":
                _daemons = [.. value.Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
                return true;
            default:
                return false;
        }
    }

    private static int[] FreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return [((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port];
    }
}
