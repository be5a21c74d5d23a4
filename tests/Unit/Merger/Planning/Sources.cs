using Graft.Artifacts;
using Graft.Merger.Planning;

namespace Graft.Tests.Unit.Merger.Planning;

/// <summary>Checkpoints as plans see them: small, and each test changes the one thing it is about.</summary>
internal static class Sources
{
    public const long Rows = 16;

    public static TensorEntry[] Tensors(long rows = Rows) =>
    [
        Tensor(TensorFit.Head, rows, 4),
        Tensor(TensorFit.Embedding, rows, 4),
        Tensor("model.norm.weight", 4),
    ];

    public static TensorEntry Tensor(string name, params long[] shape) => new(name, DType.BF16, shape, Digest.Of("content"u8));

    public static Source Base(IReadOnlyList<TensorEntry>? tensors = null, long? vocabulary = Rows, string type = "olmo2") =>
        Make("recipe.base", "the base", tensors ?? Tensors(), vocabulary, type);

    public static Source FineTuned(IReadOnlyList<TensorEntry>? tensors = null, long? vocabulary = Rows, string type = "olmo2") =>
        Make("recipe.fine_tuned", "FT", tensors ?? Tensors(), vocabulary, type);

    public static Source Pretrained(IReadOnlyList<TensorEntry>? tensors = null, long? vocabulary = Rows, string type = "olmo2") =>
        Make("recipe.pretrained", "PT", tensors ?? Tensors(), vocabulary, type);

    // The files' digests name the source, so that provenance can be told. Without a vocabulary there is no config.json.
    private static Source Make(string field, string role, IReadOnlyList<TensorEntry> tensors, long? vocabulary, string type)
    {
        string[] names = ["chat_template.jinja", "generation_config.json", "tokenizer.json", "tokenizer_config.json"];
        var manifest = new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors = tensors,
            Files = [.. names.Prepend("config.json").Where(name => name != "config.json" || vocabulary is not null)
                .Select(name => new FileEntry(name, 1, FileOf(role, name)))],
        };
        return new Source(
            field, role, Digest.Of(System.Text.Encoding.UTF8.GetBytes(role)).Short, manifest, vocabulary is null ? null : new ConfigFacts(type, vocabulary));
    }

    public static Digest FileOf(string role, string name) => Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{role} {name}"));
}
