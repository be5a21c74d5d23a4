using System.Diagnostics;
using Graft.Artifacts;
using Graft.Faults;
using Xunit;
using static Graft.Tests.Services.VectorStore.StoreHost;

namespace Graft.Tests.Services.VectorStore;

/// <summary>A store in a folder on a disk of 8 MiB.</summary>
public sealed class FullDiskTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private bool _isMounted;

    [Fact]
    public async Task A_full_disk_says_so_and_what_is_there_stays()
    {
        await using var host = await StartAsync(_folder.Path);
        using var client = host.NewClient();
        var first = await client.Store.WriteFileAsync("a", "here before"u8.ToArray(), Token);
        var bytes = Weights(12 << 20, seed: 1);

        var fault = await RefusedAsync(
            FaultKind.Exhausted, () => client.Store.WriteTensorAsync("w", DType.BF16, [12 << 20], bytes, null, Token));

        Assert.Contains("is full", fault.Message, StringComparison.Ordinal);
        Assert.Equal("here before"u8.ToArray(), await client.Store.ReadAsync(first.Sha256, first.Size, Token));

        await RunAsync("mount", "-o", "remount,size=128m", _folder.Path);
        var entry = await client.Store.WriteTensorAsync("w", DType.BF16, [12 << 20], bytes, null, Token);
        Assert.Equal(bytes, await client.Store.ReadAsync(entry.Sha256, entry.Size, Token));
    }

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root on Linux may mount a small disk to fill.");
        _isMounted = await RunAsync("mount", "-t", "tmpfs", "-o", "size=8m", "graft-test", _folder.Path) == 0;
        Assert.SkipUnless(_isMounted, "This machine does not let root mount a small disk to fill.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted)
        {
            await RunAsync("umount", "--lazy", _folder.Path);
        }

        _folder.Dispose();
    }

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync(Token);
        return process.ExitCode;
    }
}
