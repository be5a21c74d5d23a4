using Graft.Artifacts;
using Graft.Faults;

namespace Graft.VectorStore.Manifests;

/// <summary>What a manifest must be before anybody may see it. Looks at nothing but the manifest.</summary>
internal static class ManifestCheck
{
    /// <summary>Bytes of the longest manifest: it still fits into one message of 4 MiB. About 30,000 tensors.</summary>
    public const int MaxBytes = (4 << 20) - (64 << 10);

    private const int MaxPathLength = 1024;

    /// <exception cref="FaultException">Invalid, naming the field.</exception>
    public static void Check(Manifest manifest)
    {
        CheckNames("tensor", "artifact.tensors", manifest.Tensors.Select(tensor => tensor.Name));
        CheckNames("file", "artifact.files", manifest.Files.Select(file => file.Path));
        foreach (var tensor in manifest.Tensors)
        {
            CheckShape(tensor);
        }

        foreach (var file in manifest.Files.Where(file => !IsConfined(file.Path) || file.Size < 0))
        {
            throw FaultException.Invalid(
                $"'{file.Path}' of {file.Size} bytes is no file of an artifact: a relative path with forward slashes and no '..' is expected.",
                "artifact.files");
        }

        if (manifest.Kind == ArtifactKind.DiffVector != manifest.DiffVector is not null)
        {
            throw FaultException.Invalid("A diff vector, and nothing else, says which checkpoints it is the difference of.", "artifact.diff_vector");
        }
    }

    /// <exception cref="FaultException">Invalid: longer than a manifest may be.</exception>
    public static void CheckSize(int bytes)
    {
        if (bytes > MaxBytes)
        {
            throw FaultException.Invalid(
                $"The manifest has {bytes} bytes, and {MaxBytes} are taken: some 30,000 tensors. Merge small files into fewer ones.", "artifact");
        }
    }

    // Everywhere an artifact may be exported to, Windows too.
    private static bool IsConfined(string path) =>
        path.Length <= MaxPathLength
        && !path.Any(letter => letter is '\\' or ':' || char.IsControl(letter))
        && path.Split('/').All(part => part is not ("" or "." or ".."));

    private static void CheckNames(string what, string field, IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            if (name.Length == 0 || !seen.Add(name))
            {
                throw FaultException.Invalid($"The {what} '{name}' is there twice, or has no name.", field);
            }
        }
    }

    private static void CheckShape(TensorEntry tensor)
    {
        try
        {
            if (tensor.Shape.All(extent => extent >= 0) && tensor.Size >= 0)
            {
                return;
            }
        }
        catch (OverflowException)
        {
            // Said below.
        }

        throw FaultException.Invalid($"The shape [{string.Join(", ", tensor.Shape)}] of the tensor {tensor.Name} is impossible.", "artifact.tensors.shape");
    }
}
