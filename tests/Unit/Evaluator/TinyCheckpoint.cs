using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Modeling.Configuration;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>A small model with random weights and a vocabulary of words w0, w1, ...</summary>
internal static class TinyCheckpoint
{
    public const int Words = 60;

    public const string End = "<end>";

    public static string Config(string architecture = "Olmo2ForCausalLM", int vocabulary = Words + 1, int positions = 64) => $$"""
        {
          "architectures": ["{{architecture}}"], "model_type": "{{(architecture.StartsWith('O') ? "olmo2" : "llama")}}",
          "vocab_size": {{vocabulary}}, "hidden_size": 64, "intermediate_size": 176, "num_hidden_layers": 2, "num_attention_heads": 4,
          "num_key_value_heads": {{(architecture.StartsWith('O') ? 4 : 2)}}, "max_position_embeddings": {{positions}}, "rope_theta": 10000.0,
          "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "hidden_act": "silu", "eos_token_id": {{Words}}
        }
        """;

    public static string Tokenizer() => $$$"""
        {
          "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null,
          "added_tokens": [{"id": {{{Words}}}, "content": "{{{End}}}", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
          "pre_tokenizer": {"type": "WhitespaceSplit"},
          "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {{{Vocabulary()}}}}
        }
        """;

    public static Manifest Make(MemoryContents contents, string? config = null, string? tokenizer = null, ulong seed = 1)
    {
        config ??= Config();
        var bytes = Encoding.UTF8.GetBytes(config);
        return new Manifest(ArtifactKind.Checkpoint)
        {
            Files = [contents.AddFile("config.json", bytes), contents.AddFile("tokenizer.json", Encoding.UTF8.GetBytes(tokenizer ?? Tokenizer()))],
            Tensors = Tensors(ModelConfig.Parse(bytes), contents, new Random((int)seed)),
        };
    }

    /// <summary>Words in a random order, such as "w17 w3".</summary>
    public static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.Next(Words)}"));

    private static string Vocabulary() => JsonSerializer.Serialize(
        Enumerable.Range(0, Words).Select(i => ($"w{i}", i)).Append((End, Words)).ToDictionary(item => item.Item1, item => item.Item2));

    private static TensorEntry[] Tensors(ModelConfig config, MemoryContents contents, Random random) =>
    [
        .. config.Parameters.Select(parameter =>
        {
            var values = new float[parameter.Shape.Aggregate(1L, (product, extent) => product * extent)];
            for (var i = 0; i < values.Length; i++)
            {
                // Uniform with the standard deviation 0.125 for matrices, near one for norms.
                var noise = (float)((random.NextDouble() - 0.5) * 0.433);
                values[i] = parameter.Shape.Length == 1 ? 1 + noise : noise;
            }

            return contents.AddTensor(parameter.Name, DType.F32, parameter.Shape, MemoryMarshal.AsBytes<float>(values).ToArray());
        }),
    ];
}
