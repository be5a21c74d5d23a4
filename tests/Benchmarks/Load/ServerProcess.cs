using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Graft.Tests.Benchmarks.Load;

/// <summary>`graft serve` as a process of its own, whose memory, handles and threads are counted.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int Id => _process.Id;

    public static async Task<ServerProcess> StartAsync(string folder)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            Path.Combine(AppContext.BaseDirectory, "graft.dll"), "serve", "--store", Path.Combine(folder, "store"), "--address", "127.0.0.1:0", "--metrics-address", "",
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var address = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (Served().Match(line.Data ?? "") is { Success: true } match)
            {
                address.TrySetResult(new Uri(match.Value));
            }
        };
        process.OutputDataReceived += (_, line) =>
        {
            // The services' log; what is wrong is worth seeing.
            if (line.Data is { } text && (text.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || text.Contains("\"LogLevel\":\"Critical\"", StringComparison.Ordinal)))
            {
                Console.WriteLine($"  server: {text}");
            }
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return new ServerProcess(process, await address.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    public ServerSample Sample()
    {
        var status = File.ReadLines($"/proc/{Id}/status").Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length > 1).ToDictionary(parts => parts[0], parts => parts[1]);
        return new(
            double.Parse(status["VmRSS:"], CultureInfo.InvariantCulture) / 1024,
            Directory.EnumerateFileSystemEntries($"/proc/{Id}/fd").Count(),
            double.Parse(status["Threads:"], CultureInfo.InvariantCulture));
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex Served();
}
