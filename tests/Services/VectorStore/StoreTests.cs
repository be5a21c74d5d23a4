namespace Graft.Tests.Services.VectorStore;

/// <summary>Tests of the store that hold wherever its objects are: on a folder here, and in classes derived from them elsewhere.</summary>
public abstract class StoreTests
{
    /// <param name="folder">What another host has left; null for a new one.</param>
    private protected virtual Task<TestHost> StartAsync(string? folder = null) => StoreHost.StartAsync(folder);

    /// <summary>Takes the bytes of an object away, as a power failure may.</summary>
    private protected virtual async Task EmptyAsync(TestHost host, string key) => await File.WriteAllBytesAsync(host.ObjectPath(key), []);

    /// <summary>Takes an object away.</summary>
    private protected virtual Task RemoveAsync(TestHost host, string key)
    {
        File.Delete(Directory.GetFiles(host.Folder, $"*{key.Split('/')[^1][2..]}*", SearchOption.AllDirectories).Single(file => file.Contains(key.Split('/')[0], StringComparison.Ordinal)));
        return Task.CompletedTask;
    }
}
