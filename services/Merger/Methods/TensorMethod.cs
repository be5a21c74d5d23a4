using Graft.Artifacts.Recipes;
using Graft.Merger.Planning;

namespace Graft.Merger.Methods;

/// <summary>
/// What a method does to one tensor. Elements come as doubles in blocks; a block is padded with zeros to a multiple of eight, so that a
/// method works on whole vectors and has no tail. Nothing a method computes may depend on where blocks or slices begin.
/// </summary>
internal abstract class TensorMethod
{
    /// <summary>Whether the blocks of a tensor must come front to back to one instance; otherwise several may share a tensor.</summary>
    public virtual bool IsSequential => false;

    /// <param name="method">Of the recipe.</param>
    /// <param name="tensor">The tensor it is for.</param>
    public static TensorMethod For(MergeMethod method, MergeTensor tensor) => method switch
    {
        MergeMethod.Linear => new LinearMethod(tensor.Terms),
        MergeMethod.Ties ties => new TiesMethod(ties, tensor),
        MergeMethod.Dare dare => new DareMethod(dare, tensor),
        MergeMethod.Interpolation => new InterpolationMethod(tensor.Terms),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method.GetType().Name, "No arithmetic for this method."),
    };

    /// <summary>Whether all differences of a term are to be shown to it (once more) before the merge.</summary>
    public virtual bool WantsSurvey(int term) => false;

    /// <summary>The next differences FT - PT of a term, not padded.</summary>
    public virtual void Survey(int term, ReadOnlySpan<double> differences) => throw new NotSupportedException("This method looks at nothing before.");

    /// <summary>All differences of a term were shown.</summary>
    public virtual void EndSurvey(int term) => throw new NotSupportedException("This method looks at nothing before.");

    /// <summary>Takes in one term.</summary>
    /// <param name="term">Number of the term in its tensor.</param>
    /// <param name="first">Index in the tensor of the block's first element.</param>
    /// <param name="sum">[n]: the base and what earlier terms made of it.</param>
    /// <param name="fineTuned">[n].</param>
    /// <param name="pretrained">[n].</param>
    public abstract void Add(int term, long first, Span<double> sum, ReadOnlySpan<double> fineTuned, ReadOnlySpan<double> pretrained);

    /// <summary>All terms of a block were added.</summary>
    public virtual void Finish(Span<double> sum)
    {
    }
}
