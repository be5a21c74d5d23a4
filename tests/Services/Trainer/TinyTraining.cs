using System.Text;
using System.Text.Json;
using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Client;

namespace Graft.Tests.Services.Trainer;

/// <summary>A small model without weights, some data, and recipes of them.</summary>
internal static class TinyTraining
{
    public const int Words = 40;
    public const int MaxPositions = 64;

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public static async Task<Digest> PutBlueprintAsync(StoreClient store, string config = Config, int words = Words) => await store.PutArtifactAsync(
        new Manifest(ArtifactKind.Blueprint)
        {
            Files = [await FileAsync(store, "config.json", config), await FileAsync(store, "tokenizer.json", Tokenizer(words))],
        },
        name: null,
        Token);

    public static async Task<Digest> PutDataAsync(StoreClient store, int rows = 50)
    {
        var random = new Random(3);
        var lines = Enumerable.Range(0, rows).Select(_ => JsonSerializer.Serialize(new { prompt = Text(random, 4), completion = " " + Text(random, 1 + random.Next(9)) }));
        return await store.PutArtifactAsync(
            new Manifest(ArtifactKind.Dataset) { Files = [await FileAsync(store, "rows.jsonl", string.Join('\n', lines))] }, name: null, Token);
    }

    /// <summary>A training from random weights; an epoch is 12.5 steps.</summary>
    public static TrainRecipe Recipe(Digest blueprint, Digest data, int steps = 40, params int[] kept) => new()
    {
        Start = new RandomStart(blueprint, 0.2, 7),
        Phases =
        [
            new TrainPhase
            {
                Dataset = data,
                Layout = DataLayout.Padded,
                Mask = LossMask.Completion,
                Steps = steps,
                BatchSize = 4,
                SequenceLength = 32,
                Schedule = new Schedule(ScheduleShape.Linear, 5e-3, 4, 0.1),
            },
        ],
        Optimizer = new OptimizerSettings(0.9, 0.999, 1e-8, 0.01, 1),
        CheckpointSteps = [.. kept.Append(steps).Distinct()],
        Seed = 11,
    };

    public const string Config = """
        {
          "architectures": ["Olmo2ForCausalLM"], "model_type": "olmo2", "vocab_size": 40, "hidden_size": 32, "intermediate_size": 48,
          "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "max_position_embeddings": 64, "rope_theta": 10000.0,
          "rms_norm_eps": 1e-6, "tie_word_embeddings": false, "hidden_act": "silu"
        }
        """;

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{random.Next(Words)}"));

    private static Task<FileEntry> FileAsync(StoreClient store, string path, string text) => store.WriteFileAsync(path, Encoding.UTF8.GetBytes(text), Token);

    private static string Tokenizer(int words) => $$$"""
        {
          "version": "1.0", "truncation": null, "padding": null, "normalizer": null, "post_processor": null, "decoder": null, "added_tokens": [],
          "pre_tokenizer": {"type": "WhitespaceSplit"},
          "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {{{JsonSerializer.Serialize(Enumerable.Range(0, words).ToDictionary(i => $"w{i}", i => i))}}}}
        }
        """;
}
