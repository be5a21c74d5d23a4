using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>Whose config and tokenizer the merges of a run get; both of the fine-tuning unless the spec says otherwise, as in the study.</summary>
public sealed record MergeSpec(Provenance ConfigFrom, Provenance TokenizerFrom);

/// <summary>Which way vectors are carried: to later checkpoints, to earlier ones, or both.</summary>
public enum Direction
{
    Forward,
    Backward,
    Both,
}

/// <summary>Which merges: all forward ones, those with the nearest predecessor's vector, all both ways, or some by name.</summary>
public enum CellChoice
{
    Forward,
    Nearest,
    All,
    Chosen,
}

/// <summary>A vector on a base: "M2+M1".</summary>
/// <param name="Base">Checkpoint of the trajectory.</param>
/// <param name="Source">Whose vector: a checkpoint of the trajectory, or one of the vectors of others.</param>
public sealed record MergeCell(string Base, string Source);

/// <summary>Merges of one checkpoint with the vector of another, evaluated.</summary>
public sealed record MatrixSpec(Direction Direction, IReadOnlyList<double> Scales)
{
    /// <summary>Steps of the fine-tuning the vector is taken at; 0 for its last.</summary>
    public IReadOnlyList<int> VectorSteps { get; init; } = [0];

    /// <summary>Null for all: fine-tuned checkpoints and vectors of others.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>Null for all.</summary>
    public IReadOnlyList<string>? Bases { get; init; }
}

/// <summary>The fine-tuning recipe started from merges of scale 1.</summary>
public sealed record ContinualSpec(CellChoice Cells, ulong Seed)
{
    /// <summary>Those chosen by name.</summary>
    public IReadOnlyList<MergeCell> Chosen { get; init; } = [];
}

/// <summary>M*_i = FT(M_i + (M*_(i-1) - M_(i-1))), beginning with M*_1 = FT(M_1).</summary>
public sealed record RecurrentSpec(ulong Seed);

/// <summary>Each checkpoint with its predecessor's vector, evaluated and trained on: what recurrent merging is compared with.</summary>
public sealed record OneStepSpec(ulong Seed);

/// <summary>Each fine-tuned checkpoint trained for a second budget: what continual training must be compared with.</summary>
public sealed record ControlSpec(ulong Seed);

/// <summary>From where to where models are interpolated.</summary>
public enum InterpolationPath
{
    /// <summary>M_j + a * (FT_i - M_i).</summary>
    Vector,

    /// <summary>(1 - a) * FT_j + a * (M_j + FT_i - M_i): what stands between a fine-tuning and the merge that stands in for it.</summary>
    Barrier,
}

/// <summary>Models along paths, evaluated.</summary>
/// <param name="Cells">Which merges the paths lead to.</param>
/// <param name="Points">Places on the path, ascending; 0 is its beginning, 1 the merge.</param>
/// <param name="Paths">Which of the paths.</param>
public sealed record InterpolationSpec(CellChoice Cells, IReadOnlyList<double> Points, IReadOnlyList<InterpolationPath> Paths)
{
    /// <summary>Those chosen by name.</summary>
    public IReadOnlyList<MergeCell> Chosen { get; init; } = [];
}

/// <summary>A vector of a soup.</summary>
/// <param name="Source">Whose.</param>
/// <param name="Step">Step of the fine-tuning; 0 for its last.</param>
/// <param name="Scale">Its factor.</param>
public sealed record SoupVector(string Source, int Step, double Scale);

/// <summary>A merge of several vectors, evaluated.</summary>
public sealed record SoupSpec(string Name, string Base, IReadOnlyList<SoupVector> Vectors, MergeMethod Method);

/// <summary>Geometry of vectors and of bases, each list of two or more; an empty one is not compared.</summary>
public sealed record CompareSpec(IReadOnlyList<string> Vectors, IReadOnlyList<string> Bases);

/// <summary>A fine-tuning by somebody else, against its own base.</summary>
public sealed record GivenVector(string Name, SpecReference FineTuned, SpecReference Pretrained);
