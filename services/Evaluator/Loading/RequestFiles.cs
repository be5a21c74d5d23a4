using Graft.Artifacts;
using Graft.Evaluator.Requests;
using Graft.Faults;

namespace Graft.Evaluator.Loading;

/// <summary>The request files of a dataset.</summary>
internal static class RequestFiles
{
    /// <summary>All *.jsonl files in the order of the manifest, read whole.</summary>
    /// <exception cref="FaultException">Invalid: the artifact is no dataset or has no such file.</exception>
    public static async Task<IReadOnlyList<(string Name, byte[] Bytes)>> ReadAsync(
        Manifest manifest, IContentReader contents, CancellationToken cancellationToken)
    {
        if (manifest.Kind != ArtifactKind.Dataset)
        {
            throw FaultException.Invalid($"The requests are a {manifest.Kind}; a {ArtifactKind.Dataset} is needed.", RequestLine.Field);
        }

        List<(string Name, byte[] Bytes)> files = [];
        foreach (var file in manifest.Files.Where(file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal)))
        {
            files.Add((file.Path, await contents.ReadAsync(file.Sha256, file.Size, cancellationToken)));
        }

        return files.Count > 0
            ? files
            : throw FaultException.Invalid("The dataset has no .jsonl file; requests are JSON lines.", RequestLine.Field);
    }

    /// <summary>All *.jsonl and *.json files of the few-shot examples.</summary>
    /// <exception cref="FaultException">Invalid: the artifact is no dataset.</exception>
    public static async Task<IReadOnlyList<(string Name, byte[] Bytes)>> ReadFewShotAsync(
        Manifest manifest, IContentReader contents, CancellationToken cancellationToken)
    {
        if (manifest.Kind != ArtifactKind.Dataset)
        {
            throw FaultException.Invalid($"The few-shot examples are a {manifest.Kind}; a {ArtifactKind.Dataset} is needed.", "recipe.few_shot");
        }

        List<(string Name, byte[] Bytes)> files = [];
        foreach (var file in manifest.Files.Where(file => Path.GetExtension(file.Path) is ".json" or ".jsonl"))
        {
            files.Add((file.Path, await contents.ReadAsync(file.Sha256, file.Size, cancellationToken)));
        }

        return files;
    }
}
