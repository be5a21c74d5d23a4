namespace Graft.Artifacts;

/// <summary>What an artifact is; see artifact.proto.</summary>
public enum ArtifactKind
{
    Checkpoint = 1,
    DiffVector = 2,
    Dataset = 3,
    Evaluation = 4,
    TrainingLog = 5,
    TrainingState = 6,
    Blueprint = 7,
    Run = 8,
}

/// <summary>One tensor: its name, element type, row-major extents and the digest of its raw little-endian bytes.</summary>
public sealed record TensorEntry(string Name, DType DType, IReadOnlyList<long> Shape, Digest Sha256)
{
    public long Elements => Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Length of the raw bytes.</summary>
    public long Size => checked(Elements * DType.Size());
}

/// <summary>One file: its relative path, length in bytes and digest.</summary>
public sealed record FileEntry(string Path, long Size, Digest Sha256);

/// <summary>Euclidean norms of one tensor of FT - PT and of PT.</summary>
public sealed record TensorNorm(string Name, double Vector, double Base);

/// <summary>What a diff vector is bound to.</summary>
public sealed record DiffVector(Digest FineTuned, Digest Pretrained, IReadOnlyList<TensorNorm> Norms);

/// <summary>The manifest of an artifact: what it is, never how it is stored. Its digest names the artifact.</summary>
public sealed record Manifest(ArtifactKind Kind)
{
    /// <summary>In ordinal order of their names.</summary>
    public IReadOnlyList<TensorEntry> Tensors { get; init; } = [];

    /// <summary>In ordinal order of their paths.</summary>
    public IReadOnlyList<FileEntry> Files { get; init; } = [];

    /// <summary>Present exactly for <see cref="ArtifactKind.DiffVector"/>.</summary>
    public DiffVector? DiffVector { get; init; }

    public FileEntry? File(string path) => Files.FirstOrDefault(file => file.Path == path);

    /// <summary>Digests of everything the artifact consists of.</summary>
    public IEnumerable<Digest> Contents => Tensors.Select(tensor => tensor.Sha256).Concat(Files.Select(file => file.Sha256));

    /// <summary>Bytes of all tensors and files.</summary>
    public long LogicalSize => Tensors.Sum(tensor => tensor.Size) + Files.Sum(file => file.Size);
}
