using System.Diagnostics;
using Xunit;

namespace Graft.Tests.EndToEnd;

internal static class Signals
{
    /// <summary>Sends a signal, such as TERM. .NET itself knows only SIGKILL.</summary>
    public static async Task SignalAsync(this Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
