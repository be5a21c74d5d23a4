using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>A vector as the difference of two folders.</summary>
public sealed record FolderVector(string FineTuned, string Pretrained, double Scale);

/// <summary>A merge of checkpoints in folders into a folder: what a <see cref="MergeRecipe"/> says, with folders instead of digests.</summary>
public sealed record FolderMergeSettings
{
    /// <summary>Folder of the checkpoint the vectors are added to.</summary>
    public required string Base { get; init; }

    public required IReadOnlyList<FolderVector> Vectors { get; init; }

    /// <summary>Folder to be made; must not exist, or be empty.</summary>
    public required string Output { get; init; }

    /// <summary>How the vectors become one.</summary>
    public MergeMethod Method { get; init; } = new MergeMethod.Linear();

    /// <summary>The first that matches a tensor's name counts.</summary>
    public IReadOnlyList<TensorScale> TensorScales { get; init; } = [];

    /// <summary>Element type of the result's floating tensors; null: each as in the base.</summary>
    public DType? DType { get; init; }

    /// <summary>Round every input to <see cref="DType"/> first.</summary>
    public bool CastInputs { get; init; }

    public Provenance ConfigFrom { get; init; } = Provenance.FineTuned;

    public Provenance TokenizerFrom { get; init; } = Provenance.FineTuned;

    /// <summary>Bytes of tensors in a file of the result; one file without an index when all fit. The default value is 5 GB.</summary>
    public long ShardBytes { get; init; } = 5_000_000_000;

    /// <summary>Put the SHA-256 of every input file into graft-merge.json: reads the inputs once more.</summary>
    public bool HashInputs { get; init; }

    /// <summary>Threads. The default value is the number of processors.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    internal MergeSettings ToMergeSettings() => new(Method, TensorScales, DType, CastInputs, ConfigFrom, TokenizerFrom);
}
