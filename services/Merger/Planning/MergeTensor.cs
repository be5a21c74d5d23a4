using Graft.Artifacts;

namespace Graft.Merger.Planning;

/// <summary>What one vector adds to one tensor.</summary>
/// <param name="Vector">Position of the vector in the request, from 0.</param>
/// <param name="FineTuned">FT's tensor.</param>
/// <param name="Pretrained">PT's tensor, rows that it lacks are zeros; null when the method does not need it.</param>
/// <param name="VectorScale">Factor of the vector.</param>
/// <param name="Scale">The same, times the factor of the tensor.</param>
internal sealed record TensorTerm(int Vector, TensorEntry FineTuned, TensorEntry? Pretrained, double VectorScale, double Scale);

/// <summary>One tensor of a merge.</summary>
/// <param name="Start">The tensor the result begins with, the base's; rows it lacks are zeros.</param>
/// <param name="Terms">What is added; nothing: the result is Start, in the element type of the result.</param>
/// <param name="Shape">Shape of the result: FT's.</param>
/// <param name="DType">Element type of the result.</param>
/// <param name="Factor">Factor of this tensor.</param>
internal sealed record MergeTensor(
    TensorEntry Start, IReadOnlyList<TensorTerm> Terms, IReadOnlyList<long> Shape, DType DType, double Factor = 1)
{
    public string Name => Start.Name;

    public long Elements => Shape.Aggregate(1L, (product, extent) => checked(product * extent));

    /// <summary>Bytes of the result.</summary>
    public long Size => checked(Elements * DType.Size());

    /// <summary>Whether the result has the bytes of <see cref="Start"/>.</summary>
    public bool IsCopy => Terms.Count == 0 && DType == Start.DType && Size == Start.Size;

    /// <summary>What is read for it: the start, then FT and PT of each term.</summary>
    public IReadOnlyList<TensorEntry> Reads { get; } =
        [Start, .. Terms.SelectMany(term => new[] { term.FineTuned, term.Pretrained }.OfType<TensorEntry>())];
}
