using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Graft.Modeling.Configuration;

namespace Graft.Tests.Services.Evaluator;

/// <summary>A small model with random weights and a vocabulary of words w0, w1, ..., put into a store.</summary>
internal static class TinyModel
{
    public const int Words = 40;

    private const string Config = """
        {
          "architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2", "vocab_size": 40, "hidden_size": 32, "intermediate_size": 48,
          "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 4096, "rope_theta": 10000.0,
          "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "hidden_act": "silu"
        }
        """;

    public static async Task<Manifest> PutAsync(StoreClient store)
    {
        var random = new Random(7);
        List<TensorEntry> tensors = [];
        foreach (var (name, shape) in ModelConfig.Parse(Encoding.UTF8.GetBytes(Config)).Parameters)
        {
            var values = new float[shape.Aggregate(1L, (product, extent) => product * extent)];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (shape.Length == 1 ? 1 : 0) + (float)((random.NextDouble() - 0.5) * 0.6);
            }

            tensors.Add(await store.WriteTensorAsync(name, DType.F32, shape, MemoryMarshal.AsBytes<float>(values).ToArray(), parent: null, Token));
        }

        var manifest = new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors = tensors,
            Files = [await FileAsync(store, "config.json", Config), await FileAsync(store, "tokenizer.json", Tokenizer())],
        };
        await store.PutArtifactAsync(manifest, name: "tiny", Token);
        return manifest;
    }

    public static async Task<Digest> PutRequestsAsync(StoreClient store, IEnumerable<string> lines)
    {
        var manifest = new Manifest(ArtifactKind.Dataset) { Files = [await FileAsync(store, "requests.jsonl", string.Join('\n', lines))] };
        return await store.PutArtifactAsync(manifest, name: null, Token);
    }

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    private static Task<FileEntry> FileAsync(StoreClient store, string path, string text) => store.WriteFileAsync(path, Encoding.UTF8.GetBytes(text), Token);

    private static string Tokenizer() => $$$"""
        {
          "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null, "added_tokens": [],
          "pre_tokenizer": {"type": "WhitespaceSplit"},
          "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {{{JsonSerializer.Serialize(Enumerable.Range(0, Words).ToDictionary(i => $"w{i}", i => i))}}}}
        }
        """;
}
