namespace Graft.Artifacts.Recipes;

/// <summary>How the vectors of a merge become one.</summary>
public abstract record MergeMethod
{
    private MergeMethod()
    {
    }

    /// <summary>Their scaled sum.</summary>
    public sealed record Linear : MergeMethod;

    /// <summary>TIES-Merging (arXiv 2306.01708).</summary>
    /// <param name="Density">Part of each tensor of a vector that is kept, by magnitude: above 0, at most 1.</param>
    /// <param name="Lambda">Factor of the merged vector.</param>
    public sealed record Ties(double Density, double Lambda) : MergeMethod;

    /// <summary>DARE (arXiv 2311.03099).</summary>
    /// <param name="Drop">Probability that an entry is dropped: at least 0, below 1.</param>
    /// <param name="Seed">Of the generator.</param>
    public sealed record Dare(double Drop, ulong Seed) : MergeMethod;

    /// <summary>
    /// A point between the base and a checkpoint (WiSE-FT, arXiv 2109.01903): (1 - a) * base + a * FT, where a is the factor of the one
    /// vector FT - base.
    /// </summary>
    public sealed record Interpolation : MergeMethod;
}

/// <summary>A factor for the tensors whose names match.</summary>
/// <param name="Pattern">A tensor's name with * for any characters.</param>
/// <param name="Scale">
/// Multiplies the scale of every vector (with TIES, whose scales are weights of a mean, lambda); 0 leaves the tensors as the base has them.
/// </param>
public sealed record TensorScale(string Pattern, double Scale);

/// <summary>base + sum_k scale_k * vector_k, computed wide and rounded once to the dtype of the result.</summary>
public sealed record MergeRecipe(Digest Base, IReadOnlyList<ScaledVector> Vectors, Provenance ConfigFrom, Provenance TokenizerFrom) : Recipe
{
    /// <summary>How the vectors become one.</summary>
    public MergeMethod Method { get; init; } = new MergeMethod.Linear();

    /// <summary>The first that matches a tensor's name counts; a tensor that none matches has the factor 1.</summary>
    public IReadOnlyList<TensorScale> TensorScales { get; init; } = [];

    /// <summary>Element type of the result's floating tensors; null: each as in the base.</summary>
    public DType? DType { get; init; }

    /// <summary>Round every input to <see cref="DType"/> before computing, as the authors of arXiv 2503.20110 did with bf16.</summary>
    public bool CastInputs { get; init; }
}
