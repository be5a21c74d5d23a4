using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Client.Checkpoints;
using Graft.Tests.Unit.Merger.Methods;

namespace Graft.Tests.Unit.Merger.Folders;

/// <summary>Checkpoints in folders, small ones.</summary>
internal sealed class CheckpointFolders : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("graft-").FullName;

    public string this[string name] => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Writes a checkpoint and returns its folder; sharded when a shard size is given.</summary>
    public string Write(string name, IReadOnlyList<(string Name, long[] Shape, Merged.Operand Operand)> tensors, long? shardBytes = null, string? config = null)
    {
        Directory.CreateDirectory(this[name]);
        var rows = tensors.FirstOrDefault(tensor => tensor.Name == "model.embed_tokens.weight").Shape?[0];
        File.WriteAllText(Path.Combine(this[name], "config.json"), config ?? $$"""{"model_type":"olmo2","of":"{{name}}","vocab_size":{{rows ?? 0}}}""");
        File.WriteAllText(Path.Combine(this[name], "tokenizer.json"), $"\"{name}\"");
        var entries = tensors.Select(tensor => new TensorEntry(tensor.Name, tensor.Operand.DType, tensor.Shape, default));
        var plan = ShardPlan.Of(entries, shardBytes);
        foreach (var shard in plan.Shards)
        {
            using var writer = SafetensorsWriter.Create(Path.Combine(this[name], shard.FileName), shard.Tensors, SafetensorsWriter.PyTorchMetadata);
            foreach (var place in writer.Tensors)
            {
                writer.Write(place, tensors.Single(tensor => tensor.Name == place.Name).Operand.Bytes);
            }

            writer.Complete();
        }

        if (plan.HasIndex)
        {
            File.WriteAllBytes(Path.Combine(this[name], ShardPlan.IndexName), plan.Index());
        }

        return this[name];
    }

    /// <summary>A checkpoint of three layers of random weights, some 60 KB in bf16.</summary>
    public string WriteRandom(string name, DType dtype, int seed, long? shardBytes = null) => Write(
        name,
        [
            ("model.embed_tokens.weight", [100, 32], Merged.Weights(dtype, 3200, seed)),
            .. Enumerable.Range(0, 3).Select(layer => (
                $"model.layers.{layer}.mlp.up_proj.weight", new long[] { 250, 32 }, Merged.Weights(dtype, 8000, seed + layer + 100))),
            ("model.norm.weight", [32], Merged.Weights(dtype, 32, seed + 1000)),
        ],
        shardBytes);

    /// <summary>The tensors of a folder by name, read as transformers does.</summary>
    public static Dictionary<string, (DType DType, byte[] Bytes)> Read(string folder)
    {
        using var weights = WeightFiles.Open(folder);
        return weights.Tensors.ToDictionary(item => item.Tensor.Name, item =>
        {
            var bytes = new byte[item.Tensor.Size];
            item.File.Read(item.Tensor, bytes);
            return (item.Tensor.DType, bytes);
        });
    }

    /// <summary>SHA-256 over the tensors in order of their names, each name's bytes followed by its raw bytes.</summary>
    public static string HashOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in Read(folder).OrderBy(tensor => tensor.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            hash.AppendData(tensor.Bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
