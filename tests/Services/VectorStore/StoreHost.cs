using System.Runtime.InteropServices;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;
using Graft.VectorStore;
using Xunit;

namespace Graft.Tests.Services.VectorStore;

/// <summary>A store served in this process.</summary>
internal static class StoreHost
{
    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="folder">What another host has left; null for a new one.</param>
    public static Task<TestHost> StartAsync(string? folder = null) =>
        TestHost.StartAsync(builder => builder.AddVectorStore(), app => app.MapVectorStore(), folder: folder);

    public static V1.VectorStoreService.VectorStoreServiceClient Service(this TestHost host) => new(host.Channel);

    /// <summary>A client that remembers nothing, so that every read is the store's.</summary>
    public static GraftClient NewClient(this TestHost host) =>
        new(new ClientOptions { Server = host.Address, CacheBytes = 0, Patience = TimeSpan.FromSeconds(10) }, TimeProvider.System);

    /// <summary>The file of an object whose key has neither capitals nor a second slash.</summary>
    public static string ObjectPath(this TestHost host, string key) => Path.Combine(host.Folder, "store", key);

    public static async Task<Digest> PutFilesAsync(this StoreClient store, params (string Path, string Text)[] files)
    {
        List<FileEntry> entries = [];
        foreach (var (path, text) in files)
        {
            entries.Add(await store.WriteFileAsync(path, System.Text.Encoding.UTF8.GetBytes(text), Token));
        }

        return await store.PutArtifactAsync(new Manifest(ArtifactKind.Dataset) { Files = entries }, name: null, Token);
    }

    /// <summary>Noise like weights: bf16 numbers of a normal distribution, or of a small one around others.</summary>
    public static byte[] Weights(int elements, int seed, double noise = 0, byte[]? near = null)
    {
        var random = new Random(seed);
        var normal = new float[4096];
        for (var i = 0; i < normal.Length; i++)
        {
            normal[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        var bytes = new byte[elements * 2];
        random.NextBytes(bytes);
        var values = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
        var around = near is null ? default : MemoryMarshal.Cast<byte, ushort>(near.AsSpan());
        for (var i = 0; i < values.Length; i++)
        {
            var draw = normal[values[i] % normal.Length];
            var value = near is null ? 0.02f * draw : BitConverter.UInt32BitsToSingle((uint)around[i] << 16) + ((float)noise * draw);
            values[i] = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        }

        return bytes;
    }

    public static Task<FaultException> RefusedAsync(FaultKind kind, Func<Task> call) => RefusedAsync(kind, field: null, call);

    public static async Task<FaultException> RefusedAsync(FaultKind kind, string? field, Func<Task> call)
    {
        var fault = await Assert.ThrowsAsync<FaultException>(call);
        Assert.Equal((kind, field ?? fault.Field), (fault.Kind, fault.Field));
        return fault;
    }
}
