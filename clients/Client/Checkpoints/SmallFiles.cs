using System.Text.Json;
using Graft.Faults;

namespace Graft.Client.Checkpoints;

/// <summary>What belongs to a checkpoint besides its weights: config, tokenizer, templates.</summary>
public static class SmallFiles
{
    public const string Config = "config.json";

    /// <summary>What graft merge writes beside a merge it made from folders; it is about how the folder came to be, not part of the model.</summary>
    public const string MergeRecord = "graft-merge.json";

    // The largest tokenizers have some 35 MB.
    private const long MaxBytes = 100L << 20;

    private static readonly string[] _kept = [".json", ".txt", ".jinja", ".model"];

    /// <summary>Full paths, in ordinal order of the names.</summary>
    /// <exception cref="FaultException">Invalid: no config.json, or one that is no JSON object; a file that is too big, or a link to elsewhere.</exception>
    public static IReadOnlyList<FileInfo> Find(string folder)
    {
        CheckConfig(Path.Combine(folder, Config));
        List<FileInfo> files =
        [
            .. new DirectoryInfo(folder).EnumerateFiles().Where(file => IsKept(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal),
        ];
        files.ForEach(file => LinkedFiles.Check(folder, file.FullName));
        return files.Find(file => file.Length > MaxBytes) is { } big
            ? throw FaultException.Invalid($"{big.FullName} has {big.Length} bytes; a file beside the weights has at most {MaxBytes}.")
            : files;
    }

    // The index of shards is not kept: it is about files, and the weights are kept tensor by tensor.
    private static bool IsKept(string name) =>
        _kept.Contains(Path.GetExtension(name).ToLowerInvariant())
        && name is not (WeightFiles.Index or MergeRecord)
        && !name.StartsWith('.')
        && !name.StartsWith("README", StringComparison.OrdinalIgnoreCase);

    private static void CheckConfig(string path)
    {
        if (!File.Exists(path))
        {
            throw FaultException.Invalid($"There is no {path}: the folder of a checkpoint as Hugging Face transformers saves it is expected.");
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                return;
            }
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid($"{path} is no JSON: {exception.Message}", inner: exception);
        }

        throw FaultException.Invalid($"{path} is no JSON object.");
    }
}
