using System.Diagnostics;
using System.Text;
using Xunit;

namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>Programs of other people that judge ours: run to their end, and installed first where that is possible.</summary>
internal static class Tool
{
    private static readonly SemaphoreSlim _installing = new(1, 1);
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(5);

    public const string Promtool = "promtool";
    public const string PrometheusPackage = "prometheus";

    /// <summary>Skips the test where Prometheus and promtool are not and cannot be installed.</summary>
    public static Task RequirePrometheusAsync() => RequireAsync(Promtool, PrometheusPackage);

    /// <summary>Skips the test where a program is not there and cannot be installed from Debian.</summary>
    public static async Task RequireAsync(string program, string package) =>
        Assert.SkipUnless(await TryInstallAsync(program, package), Reason(program, package));

    public static string Reason(string program, string package) =>
        $"Needs {program}: apt-get install {package}, or run the tests as root on Debian 12 or later.";

    /// <returns>Whether the program is there now.</returns>
    public static async Task<bool> TryInstallAsync(string program, string package)
    {
        await _installing.WaitAsync();
        try
        {
            if (!IsThere(program) && OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess && IsThere("apt-get"))
            {
                await RunAsync("apt-get", "install", "--yes", "--no-install-recommends", package);
            }

            return IsThere(program);
        }
        finally
        {
            _installing.Release();
        }
    }

    public static bool IsThere(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    public static Task<(int Code, string Output)> RunAsync(string program, params string[] arguments) => RunAsync(program, "", ".", arguments);

    /// <param name="program">On the path.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="folder">It runs there.</param>
    /// <param name="arguments">Of the command line.</param>
    /// <returns>Exit code, and standard output and error together.</returns>
    public static async Task<(int Code, string Output)> RunAsync(string program, string input, string folder, string[] arguments)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_limit);
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        using var process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Append(line.Data);
        process.ErrorDataReceived += (_, line) => Append(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, output.ToString());

        void Append(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }
}
