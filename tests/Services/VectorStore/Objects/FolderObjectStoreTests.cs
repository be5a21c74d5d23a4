using Graft.Faults;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Objects.Folders;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Graft.Tests.Services.VectorStore.Objects;

public sealed class FolderObjectStoreTests : ObjectStoreConformance, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FolderObjectStore _store;

    // Another instance shares nothing with the first one but the files, like another process.
    private readonly FolderObjectStore _other;

    public FolderObjectStoreTests()
    {
        _store = new FolderObjectStore(_folder.Path, fsync: true, TimeProvider.System);
        _other = new FolderObjectStore(_folder.Path, fsync: false, TimeProvider.System);
    }

    private protected override IObjectStore Store => _store;

    private protected override IObjectStore OtherProcess => _other;

    [Fact]
    public async Task Nothing_temporary_stays()
    {
        await _store.PutIfAbsentAsync("names/a", new byte[1], TestContext.Current.CancellationToken);
        await _store.PutIfAbsentAsync("names/a", new byte[2], TestContext.Current.CancellationToken);
        var version = (await _store.GetVersionedAsync("names/a", TestContext.Current.CancellationToken))!.Version;
        await _store.ReplaceAsync("names/a", new byte[3], version, TestContext.Current.CancellationToken);

        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, ".tmp")));
    }

    [Fact]
    public async Task Who_only_looks_makes_no_folders()
    {
        var token = TestContext.Current.CancellationToken;
        string[] Folders() => [.. Directory.EnumerateDirectories(_folder.Path).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        var before = Folders();

        Assert.False(await _store.ExistsAsync("probe/readiness", token));
        Assert.Null(await _store.GetAsync("names/a", token));
        Assert.Null(await _store.GetVersionedAsync("names/a", token));
        Assert.Null(await _store.GetRangeAsync("blobs/a", 0, 5, token));
        Assert.Null(await _store.FindInfoAsync("results/a", token));
        Assert.False(await _store.ReplaceAsync("names/a", new byte[1], "none", token));
        await _store.DeleteAsync("results/a", token);
        Assert.Empty(await _store.ListAsync("contents/", null, token).ToListAsync(token));

        Assert.Equal([".locks", ".tmp"], before);
        Assert.Equal(before, Folders());
    }

    [Fact]
    public void Temporary_files_of_the_dead_are_removed_when_they_are_old()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var left = Path.Combine(_folder.Path, ".tmp", "left-by-a-crash");
        File.WriteAllBytes(left, [1, 2, 3]);

        new FolderObjectStore(_folder.Path, fsync: false, time).Dispose();
        Assert.True(File.Exists(left));

        time.Advance(TimeSpan.FromHours(2));
        new FolderObjectStore(_folder.Path, fsync: false, time).Dispose();
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task Files_of_others_are_not_listed()
    {
        await _store.PutIfAbsentAsync("names/a", new byte[1], TestContext.Current.CancellationToken);
        File.WriteAllText(Path.Combine(_folder.Path, "names", "Capital"), "");
        File.WriteAllText(Path.Combine(_folder.Path, "names", "two words"), "");

        var keys = await _store.ListAsync("names/", null, TestContext.Current.CancellationToken).ToListAsync();

        Assert.Equal(["names/a"], keys);
    }

    [Fact]
    public void A_folder_of_another_format_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder.Path, ".format"), "graft store 7");

        var fault = Assert.Throws<FaultException>(() => new FolderObjectStore(_folder.Path, fsync: true, TimeProvider.System));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains("graft store 7", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused()
    {
        var path = Path.Combine(_folder.Path, "file");
        File.WriteAllText(path, "");

        var fault = Assert.Throws<FaultException>(() => new FolderObjectStore(path, fsync: true, TimeProvider.System));

        Assert.Equal(FaultKind.Precondition, fault.Kind);
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_of_too_many_capitals_is_refused_as_the_user_can_help_it()
    {
        var key = "names/" + new string('X', 200);

        var fault = await Assert.ThrowsAsync<FaultException>(
            () => _store.PutIfAbsentAsync(key, new byte[1], TestContext.Current.CancellationToken));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
    }

    public void Dispose()
    {
        _store.Dispose();
        _other.Dispose();
        _folder.Dispose();
    }
}
