using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;
using Graft.Merger;
using Graft.VectorStore;
using Xunit;

namespace Graft.Tests.Services.Merger;

/// <summary>A merger with a store, and what its tests ask of them.</summary>
internal static class MergerHost
{
    public static Task<TestHost> StartAsync(IReadOnlyDictionary<string, string?>? settings = null) => TestHost.StartAsync(
        builder => builder.AddVectorStore().AddMerger(),
        app => app.MapVectorStore().MapMerger(),
        settings);

    /// <summary>Starts a job and waits for its end, whatever it is.</summary>
    public static async Task<JobStatus> RunAsync(this TestHost host, Recipe recipe)
    {
        var token = TestContext.Current.CancellationToken;
        await host.Client.Workers.StartAsync(recipe, token);
        return await host.Client.Workers.WatchAsync(recipe, token).LastAsync(token);
    }

    /// <summary>The artifact a recipe makes.</summary>
    public static async Task<Digest> MakeAsync(this TestHost host, Recipe recipe)
    {
        var job = await host.RunAsync(recipe);
        Assert.Equal((JobState.Succeeded, null), (job.State, job.Error?.Message));
        return job.Outputs["result"];
    }

    public static async Task<Manifest> ManifestAsync(this TestHost host, Digest artifact) =>
        (await host.Client.Store.GetArtifactAsync(artifact.ToString(), TestContext.Current.CancellationToken)).Manifest;

    public static async Task<byte[]> BytesAsync(this TestHost host, TensorEntry tensor) =>
        await host.Client.Store.ReadAsync(tensor.Sha256, tensor.Size, TestContext.Current.CancellationToken);

    /// <summary>Makes a checkpoint of bf16 tensors, with a config.json and a tokenizer.json that tell the checkpoints apart.</summary>
    public static Task<Digest> PutAsync(this TestHost host, string name, params (string Name, long[] Shape, byte[] Bytes)[] tensors) =>
        host.PutAsync(name, DType.BF16, tensors);

    /// <summary>The same of another element type.</summary>
    public static async Task<Digest> PutAsync(this TestHost host, string name, DType dtype, params (string Name, long[] Shape, byte[] Bytes)[] tensors)
    {
        var (store, token) = (host.Client.Store, TestContext.Current.CancellationToken);
        List<TensorEntry> entries = [];
        foreach (var tensor in tensors)
        {
            entries.Add(await store.WriteTensorAsync(tensor.Name, dtype, tensor.Shape, tensor.Bytes, parent: null, token));
        }

        var rows = tensors.FirstOrDefault(tensor => tensor.Name == "model.embed_tokens.weight").Shape?[0];
        var config = Encoding.UTF8.GetBytes($$"""{"model_type":"olmo2","vocab_size":{{rows ?? 0}},"of":"{{name}}"}""");
        FileEntry[] files =
        [
            await store.WriteFileAsync("config.json", config, token),
            await store.WriteFileAsync("tokenizer.json", Encoding.UTF8.GetBytes(name), token),
        ];
        return await store.PutArtifactAsync(new Manifest(ArtifactKind.Checkpoint) { Tensors = entries, Files = files }, name, token);
    }

    public static byte[] BFloat16(params double[] values) =>
        [.. values.SelectMany(value => BitConverter.GetBytes((ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16)))];

    public static byte[] RandomBFloat16(int elements, int seed)
    {
        var random = new Random(seed);
        return BFloat16([.. Enumerable.Range(0, elements).Select(_ => (random.NextDouble() - 0.5) / 8)]);
    }

    /// <summary>SHA-256 over the tensors in order of their names, each name's bytes followed by its raw bytes.</summary>
    public static async Task<string> WeightsDigestAsync(this TestHost host, Digest checkpoint)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in (await host.ManifestAsync(checkpoint)).Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(tensor.Name));
            hash.AppendData(await host.BytesAsync(tensor));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
