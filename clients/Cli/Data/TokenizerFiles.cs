using Graft.Client;
using Graft.Faults;
using Graft.Modeling.Chat;
using Graft.Modeling.Tokenizers;

namespace Graft.Cli.Data;

/// <summary>A tokenizer and the chat template that came with it.</summary>
/// <param name="Tokenizer">The tokenizer.</param>
/// <param name="Template">Finds the template in the files; null when there is none, a fault when it is an unknown one.</param>
internal sealed record TokenizerFiles(Tokenizer Tokenizer, Func<ChatTemplate?> Template)
{
    private const string Vocabulary = "tokenizer.json";
    private const string Config = "tokenizer_config.json";
    private const string Jinja = "chat_template.jinja";

    /// <exception cref="FaultException">Invalid: no tokenizer.json in it, or one that is not supported.</exception>
    public static async Task<TokenizerFiles> OfFolderAsync(string folder, CancellationToken cancellationToken)
    {
        async Task<byte[]> ReadAsync(string name) => File.Exists(Path.Combine(folder, name))
            ? await File.ReadAllBytesAsync(Path.Combine(folder, name), cancellationToken)
            : [];
        var vocabulary = await ReadAsync(Vocabulary);
        return vocabulary.Length > 0
            ? Of(vocabulary, await ReadAsync(Config), await ReadAsync(Jinja))
            : throw FaultException.Invalid($"There is no {Vocabulary} in the folder {folder}.");
    }

    /// <exception cref="FaultException">NotFound; Invalid: no tokenizer.json in it, or one that is not supported.</exception>
    public static async Task<TokenizerFiles> OfStoreAsync(StoreClient store, string name, CancellationToken cancellationToken)
    {
        var manifest = (await store.GetArtifactAsync(name, cancellationToken)).Manifest;
        async Task<byte[]> ReadAsync(string path) => manifest.File(path) is { } file ? await store.ReadAsync(file.Sha256, file.Size, cancellationToken) : [];
        return manifest.File(Vocabulary) is not null
            ? Of(await ReadAsync(Vocabulary), await ReadAsync(Config), await ReadAsync(Jinja))
            : throw FaultException.Invalid($"{name} is a {manifest.Kind} without {Vocabulary}; name a checkpoint, a blueprint, or a folder.");
    }

    private static TokenizerFiles Of(byte[] vocabulary, byte[] config, byte[] jinja) =>
        new(Tokenizer.Parse(vocabulary, config), () => ChatTemplates.Recognize(config, jinja));
}
