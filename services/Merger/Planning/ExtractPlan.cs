using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>A tensor of FT and the tensor of PT it is compared with; where PT has fewer rows, zeros stand for the rest.</summary>
internal sealed record TensorPair(TensorEntry FineTuned, TensorEntry Pretrained);

/// <summary>What an extraction will do, decided from manifests alone.</summary>
/// <param name="Pairs">The floating tensors in order of their names; all others are the same in both.</param>
internal sealed record ExtractPlan(IReadOnlyList<TensorPair> Pairs)
{
    /// <exception cref="FaultException">Invalid: what does not fit, by the tensors' names.</exception>
    public static ExtractPlan Of(Source fineTuned, Source pretrained)
    {
        var problems = new Problems();
        TensorFit.Check(pretrained, fineTuned, problems);
        problems.ThrowIfAny();

        return new ExtractPlan([.. fineTuned.Tensors.Values
            .Where(tensor => tensor.DType.IsFloat())
            .OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Select(tensor => new TensorPair(tensor, pretrained.Tensors[tensor.Name]))]);
    }
}
