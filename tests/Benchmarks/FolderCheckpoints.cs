using Graft.Artifacts;
using Graft.Artifacts.Safetensors;

namespace Graft.Tests.Benchmarks;

/// <summary>Checkpoints of a billion bf16 parameters in the shape of a small OLMo 2, as folders: random bits with plausible exponents.</summary>
internal static class FolderCheckpoints
{
    private const int Hidden = 2048;
    private const int Intermediate = 8192;
    private const int Vocabulary = 100_352;
    private const int Layers = 9;
    private const long ShardBytes = 1_000_000_000;

    public static IReadOnlyList<TensorEntry> Tensors { get; } =
    [
        Tensor("model.embed_tokens.weight", Vocabulary, Hidden),
        Tensor("lm_head.weight", Vocabulary, Hidden),
        Tensor("model.norm.weight", Hidden),
        .. Enumerable.Range(0, Layers).SelectMany(layer => new[]
        {
            Tensor($"model.layers.{layer}.self_attn.q_proj.weight", Hidden, Hidden),
            Tensor($"model.layers.{layer}.self_attn.k_proj.weight", Hidden, Hidden),
            Tensor($"model.layers.{layer}.self_attn.v_proj.weight", Hidden, Hidden),
            Tensor($"model.layers.{layer}.self_attn.o_proj.weight", Hidden, Hidden),
            Tensor($"model.layers.{layer}.mlp.gate_proj.weight", Intermediate, Hidden),
            Tensor($"model.layers.{layer}.mlp.up_proj.weight", Intermediate, Hidden),
            Tensor($"model.layers.{layer}.mlp.down_proj.weight", Hidden, Intermediate),
            Tensor($"model.layers.{layer}.post_attention_layernorm.weight", Hidden),
        }),
    ];

    public static long Parameters => Tensors.Sum(tensor => tensor.Elements);

    /// <summary>Writes one, sharded.</summary>
    public static void Write(string folder, int seed)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{"model_type":"olmo2","vocab_size":{{Vocabulary}},"tie_word_embeddings":false}""");
        var noise = Noise(seed);
        var shards = ShardPlan.Of(Tensors, ShardBytes);
        foreach (var shard in shards.Shards)
        {
            using var writer = SafetensorsWriter.Create(Path.Combine(folder, shard.FileName), shard.Tensors, SafetensorsWriter.PyTorchMetadata);
            foreach (var tensor in writer.Tensors)
            {
                // The same noise from another place: the content matters to nobody, that it is no run of zeros does.
                for (var left = tensor.Size; left > 0;)
                {
                    var part = noise.AsSpan((int)(left % 65_536 / 2 * 2), (int)Math.Min(left, noise.Length - 65_536));
                    writer.Write(tensor, part);
                    left -= part.Length;
                }
            }

            writer.Complete();
        }

        File.WriteAllBytes(Path.Combine(folder, ShardPlan.IndexName), shards.Index());
    }

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[32 << 20];
        new Random(seed).NextBytes(bytes);
        for (var i = 1; i < bytes.Length; i += 2)
        {
            // Exponents around those of real weights: no infinities, no NaN.
            bytes[i] = (byte)((bytes[i] & 0x81) | 0x3c);
        }

        return bytes;
    }

    private static TensorEntry Tensor(string name, params long[] shape) => new(name, DType.BF16, shape, default);
}
