using Graft.Artifacts;
using Graft.Cli.Imports;
using Graft.Cli.Jobs;
using Graft.Client;
using Graft.Coordinator.Spec;
using Graft.Faults;

namespace Graft.Cli.Runs;

/// <summary>A spec on disk: the local files and folders it refers to are brought into the store.</summary>
internal sealed class SpecFile
{
    private readonly string _folder;
    private readonly string _yaml;

    private SpecFile(string path, string yaml)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _yaml = yaml;
        var (spec, mistakes) = SpecCheck.Of(yaml, _folder);
        Spec = mistakes.Count == 0 ? spec! : throw FaultException.Invalid(SpecMistakeText.Of(mistakes), "spec.yaml");
    }

    public RunSpec Spec { get; }

    /// <exception cref="FaultException">Invalid: there is no such file, or mistakes in it, each told with its line and column: of the text, missing local paths, unknown tasks.</exception>
    public static SpecFile Read(string path) => File.Exists(path)
        ? new SpecFile(path, File.ReadAllText(path))
        : throw FaultException.Invalid($"There is no spec {path}; graft init {path} writes an example.");

    /// <summary>Imports what the spec refers to by path.</summary>
    /// <returns>What the coordinator takes.</returns>
    public async Task<V1.RunSpec> ImportAsync(StoreClient store, ProgressLine line, CancellationToken cancellationToken)
    {
        var message = new V1.RunSpec { Yaml = _yaml };
        Dictionary<string, ArtifactInfo> known = [];

        // What others are kept as the difference to comes first.
        foreach (var reference in Spec.References.Where(reference => reference.IsLocalPath).DistinctBy(reference => reference.Text).OrderBy(reference => StartOf(reference) is not null))
        {
            line.Report(reference.Text);
            var manifest = await ReadAsync(store, reference, await ParentAsync(store, reference, known, cancellationToken), cancellationToken);
            var digest = await store.PutArtifactAsync(manifest, name: null, cancellationToken);
            known[reference.Text] = new ArtifactInfo(digest, manifest, 0, 0);
            message.Inputs.Add(new V1.Input { Reference = reference.Text, Artifact = digest.ToString() });
        }

        return message;
    }

    private async Task<Manifest> ReadAsync(StoreClient store, SpecReference reference, Manifest? parent, CancellationToken cancellationToken)
    {
        var path = SpecCheck.LocalPath(reference.Text, _folder);
        return reference.Kind switch
        {
            ReferenceKind.Checkpoint => await LocalImport.CheckpointAsync(store, path, parent, progress: null, cancellationToken),
            // Examples may be one JSON file, and recorded requests are packed: neither are rows to train on.
            ReferenceKind.Dataset when reference.Place.StartsWith("tasks.", StringComparison.Ordinal) && File.Exists(path) => await TaskFiles.ReadAsync(store, [path], cancellationToken),
            ReferenceKind.Dataset => await LocalImport.DatasetAsync(store, path, cancellationToken),
            ReferenceKind.Blueprint => await LocalImport.BlueprintAsync(store, path, cancellationToken),
        };
    }

    // A fine-tuned checkpoint is kept as the difference to the one it started from.
    private async Task<Manifest?> ParentAsync(
        StoreClient store, SpecReference reference, Dictionary<string, ArtifactInfo> known, CancellationToken cancellationToken)
    {
        if (StartOf(reference) is not { } start)
        {
            return null;
        }

        return known.TryGetValue(start.Text, out var info) ? info.Manifest
            : start.IsLocalPath ? null
            : (await store.GetArtifactAsync(start.Text, cancellationToken)).Manifest;
    }

    private SpecReference? StartOf(SpecReference reference)
    {
        var name = Spec.Finetune?.Given.FirstOrDefault(given => given.Value.Text == reference.Text).Key;
        var start = Spec.Trajectory.FirstOrDefault(given => given.Name == name)?.Reference
            ?? Spec.Vectors.FirstOrDefault(vector => vector.FineTuned.Text == reference.Text)?.Pretrained;
        return start is null || start.Text == reference.Text ? null : start;
    }
}
