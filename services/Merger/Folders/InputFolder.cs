using Graft.Artifacts;
using Graft.Artifacts.Safetensors;
using Graft.Client.Checkpoints;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>A checkpoint's folder, open: its headers in memory, its tensors to be read by many threads.</summary>
internal sealed class InputFolder : IDisposable
{
    private readonly WeightFiles _weights;
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsTensor Tensor)> _tensors;

    /// <exception cref="Faults.FaultException">NotFound, Invalid: no folder with weights.</exception>
    public InputFolder(string path)
    {
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        _weights = Directory.Exists(Path) ? WeightFiles.Open(Path) : throw Faults.FaultException.NotFound($"There is no folder '{path}'.");
        _tensors = _weights.Tensors.ToDictionary(item => item.Tensor.Name, StringComparer.Ordinal);
        Weights = [.. _weights.Tensors.Select(item => item.File).Distinct().OrderBy(file => file.Path, StringComparer.Ordinal)];
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <summary>The safetensors files.</summary>
    public IReadOnlyList<SafetensorsFile> Weights { get; }

    /// <summary>The folder as plans see a checkpoint. Nothing has a digest.</summary>
    public Source ToSource(string field, string role)
    {
        var config = System.IO.Path.Combine(Path, ConfigFacts.File);
        var hasConfig = File.Exists(config);
        var manifest = new Manifest(ArtifactKind.Checkpoint)
        {
            Tensors = [.. _weights.Tensors.Select(item => new TensorEntry(item.Tensor.Name, item.Tensor.DType, item.Tensor.Shape, default))],
            Files = hasConfig ? [.. SmallFiles.Find(Path).Select(file => new FileEntry(file.Name, file.Length, default))] : [],
        };
        return new Source(field, role, Path, manifest, hasConfig ? ConfigFacts.Parse(File.ReadAllBytes(config), Path) : null);
    }

    /// <summary>Fills a buffer with the bytes of a tensor from an offset on, and with zeros behind its end.</summary>
    public void Read(string name, long offset, Span<byte> destination)
    {
        var (file, tensor) = _tensors[name];
        var length = (int)Math.Clamp(tensor.Size - offset, 0, destination.Length);
        if (length > 0)
        {
            file.Read(tensor, offset, destination[..length]);
        }

        destination[length..].Clear();
    }

    public void Dispose() => _weights.Dispose();
}
