using System.Text.Json;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Imports;

/// <summary>Datasets as commands name them: a local file, or one in the store.</summary>
internal static class Datasets
{
    // One line of any dataset fits.
    private const int HeadBytes = 1 << 20;

    /// <param name="store">The store.</param>
    /// <param name="reference">A file or folder (imported without a name), or a name or digest of the store.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FaultException">NotFound: neither; Invalid: not a dataset.</exception>
    public static async Task<ArtifactInfo> FindAsync(StoreClient store, string reference, CancellationToken cancellationToken)
    {
        if (Path.Exists(reference))
        {
            var manifest = await LocalImport.DatasetAsync(store, reference, cancellationToken);
            var digest = await store.PutArtifactAsync(manifest, name: null, cancellationToken);
            return new ArtifactInfo(digest, manifest, manifest.LogicalSize, manifest.LogicalSize);
        }

        ArtifactInfo info;
        try
        {
            info = await store.GetArtifactAsync(reference, cancellationToken);
        }
        catch (FaultException fault) when (fault.Kind is FaultKind.NotFound or FaultKind.Invalid)
        {
            throw new FaultException(FaultKind.NotFound, $"'{reference}' is neither a file here nor a name in the store.", fault);
        }

        return info.Manifest.Kind == ArtifactKind.Dataset
            ? info
            : throw FaultException.Invalid($"{reference} is a {info.Manifest.Kind}, not a dataset.");
    }

    /// <summary>Whether the requests have prompts, to be continued; otherwise they have continuations, to be scored.</summary>
    /// <exception cref="FaultException">Invalid: the first line is neither.</exception>
    public static async Task<bool> IsGenerationAsync(StoreClient store, ArtifactInfo dataset, CancellationToken cancellationToken)
    {
        var first = await FirstLineAsync(store, dataset, cancellationToken);
        return first switch
        {
            _ when first.TryGetProperty("continuation", out _) => false,
            _ when first.TryGetProperty("prompt", out _) => true,
            _ => throw FaultException.Invalid(
                "The first request has neither \"continuation\" (log-likelihood) nor \"prompt\" (generation); see graft eval --help."),
        };
    }

    private static async Task<JsonElement> FirstLineAsync(StoreClient store, ArtifactInfo dataset, CancellationToken cancellationToken)
    {
        var file = dataset.Manifest.Files.FirstOrDefault(file => file.Path.EndsWith(".jsonl", StringComparison.Ordinal) && file.Size > 0)
            ?? throw FaultException.Invalid("The dataset has no .jsonl file with anything in it.");
        var head = new byte[Math.Min(file.Size, HeadBytes)];
        await store.ReadAsync(file.Sha256, 0, head, cancellationToken);
        var text = head.AsMemory(head.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0);
        var end = text.Span.IndexOf((byte)'\n');
        try
        {
            var line = JsonElement.Parse((end < 0 ? text : text[..end]).Span);
            return line.ValueKind == JsonValueKind.Object ? line : throw FaultException.Invalid($"The first line of {file.Path} is no JSON object.");
        }
        catch (JsonException exception)
        {
            throw FaultException.Invalid($"The first line of {file.Path} is no JSON: {exception.Message}", inner: exception);
        }
    }
}
