using Graft.Cli.Connections;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Connections;

public sealed class StoreLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("graft-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_store_in_use_is_refused_naming_its_user()
    {
        using var first = StoreLock.Take(_folder);
        first.Announce(new Uri("http://127.0.0.1:8080/"));

        var fault = Assert.Throws<FaultException>(() => StoreLock.Take(_folder));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Equal(
            $"The store {_folder} is in use by process {Environment.ProcessId}; wait for it, or use its server: --server http://127.0.0.1:8080.", fault.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_a_server_that_stays_is_one_for_detached_runs(bool stays)
    {
        using var first = StoreLock.Take(_folder);
        Assert.Null(StoreLock.FindHolder(_folder));
        first.Announce(new Uri("http://127.0.0.1:8080/"), stays);

        Assert.Equal(new Uri("http://127.0.0.1:8080"), StoreLock.FindHolder(_folder));
        Assert.Equal(stays ? new Uri("http://127.0.0.1:8080") : null, StoreLock.FindServer(_folder));
        Assert.Contains("http://127.0.0.1:8080.", Assert.Throws<FaultException>(() => StoreLock.Take(_folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_in_use_by_nobody_known_is_refused_too()
    {
        using var first = StoreLock.Take(_folder);

        Assert.Contains("another process", Assert.Throws<FaultException>(() => StoreLock.Take(_folder)).Message);
    }

    [Fact]
    public void A_lock_given_back_can_be_taken_again()
    {
        StoreLock.Take(_folder).Dispose();

        using var second = StoreLock.Take(_folder);

        Assert.False(File.Exists(Path.Combine(_folder, "graft.pid")));
    }

    [Fact]
    public void Files_that_a_killed_process_left_lock_nothing()
    {
        File.WriteAllText(Path.Combine(_folder, "graft.lock"), "");
        File.WriteAllText(Path.Combine(_folder, "graft.pid"), "1 http://127.0.0.1:1\n");

        StoreLock.Take(_folder).Dispose();
    }

    [Fact]
    public void A_folder_that_is_not_there_is_made()
    {
        StoreLock.Take(Path.Combine(_folder, "deep", "store")).Dispose();

        Assert.True(Directory.Exists(Path.Combine(_folder, "deep", "store")));
    }
}
