using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>The command line as a process of its own, the way a user has it.</summary>
internal sealed partial class GraftProcess : IAsyncDisposable
{
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(8);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();

    private GraftProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Append(_output, line.Data);
        process.ErrorDataReceived += (_, line) => Append(_errors, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output => Read(_output);

    public int Id => _process.Id;

    public bool IsRunning => !_process.HasExited;

    public string Errors => Read(_errors);

    public static GraftProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <param name="variables">Of the environment, besides those of the test.</param>
    /// <param name="arguments">Of the command line.</param>
    public static GraftProcess Start(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var program = Path.Combine(SharedData.Repository, "artifacts", "bin", "Cli", "release", "graft.dll");

        // A shell that runs the tests in the background ignores SIGINT, and a child inherits that.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = SharedData.Repository,
        };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return new GraftProcess(Process.Start(start)!);
    }

    /// <summary>A server on a store of its own, at an address that it tells (<see cref="ServesAsync"/>).</summary>
    public static GraftProcess Serve(string store) => Start("serve", "--address", "127.0.0.1:0", "--metrics-address", "", "--store", store);

    /// <summary>Runs to the end and expects success.</summary>
    /// <returns>Standard output.</returns>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        await using var graft = Start(arguments);
        var code = await graft.ExitAsync();
        Assert.True(code == 0, $"graft {string.Join(' ', arguments)} ended with {code}:\n{graft.Errors}\n{graft.Output}\n{LogOf(arguments)}");
        return graft.Output;
    }

    // What the services of the process wrote: the test's folder is gone when its failure is read.
    private static string LogOf(string[] arguments)
    {
        var store = Array.IndexOf(arguments, "--store") + 1;
        var log = store > 0 ? Path.Combine(arguments[store], "graft.log") : "";
        return File.Exists(log) ? File.ReadAllText(log) : "";
    }

    /// <returns>The exit code.</returns>
    public async Task<int> ExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(_limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until standard error or output holds a text, or the process ends.</summary>
    /// <returns>False when it ended first.</returns>
    public Task<bool> SaysAsync(string text) =>
        IsTrueAsync(() => Errors.Contains(text, StringComparison.Ordinal) || Output.Contains(text, StringComparison.Ordinal));

    /// <summary>Of <c>graft serve</c>: waits until it serves.</summary>
    /// <returns>The address it took.</returns>
    public async Task<Uri> ServesAsync()
    {
        Assert.True(await SaysAsync("Ctrl-C stops it"), Errors);
        return new Uri(ServedAddress().Match(Errors).Groups[1].Value);
    }

    /// <summary>Waits until something is so, or the process ends.</summary>
    /// <returns>False when it ended first.</returns>
    public async Task<bool> IsTrueAsync(Func<bool> condition)
    {
        while (!_process.HasExited)
        {
            if (condition())
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        return false;
    }

    /// <summary>SIGKILL: nothing of the process gets to run any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGINT, as Ctrl-C sends.</summary>
    public Task InterruptAsync() => _process.SignalAsync("INT");

    /// <summary>SIGTERM, as an orchestrator sends.</summary>
    public Task TerminateAsync() => _process.SignalAsync("TERM");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static void Append(StringBuilder builder, string? line)
    {
        lock (builder)
        {
            builder.AppendLine(line);
        }
    }

    private static string Read(StringBuilder builder)
    {
        lock (builder)
        {
            return builder.ToString();
        }
    }

    [GeneratedRegex(@"Graft serves (http://[\d.]+:\d+)")]
    private static partial Regex ServedAddress();
}
