using Graft.Artifacts;
using Graft.Faults;
using Graft.Merger.Planning;

namespace Graft.Merger.Comparing;

/// <summary>One thing to compare: a checkpoint, or a vector as the difference of two.</summary>
internal sealed record ComparedSource(Source Tensors, Source? Subtracted);

/// <summary>What a comparison will do, decided from manifests alone.</summary>
/// <param name="Tensors">The floating tensors in order of their names.</param>
internal sealed record ComparePlan(IReadOnlyList<ComparedTensor> Tensors)
{
    /// <param name="artifacts">At least two, all checkpoints or all vectors.</param>
    /// <exception cref="FaultException">Invalid: names or shapes differ.</exception>
    public static ComparePlan Of(IReadOnlyList<ComparedSource> artifacts)
    {
        var problems = new Problems();
        foreach (var artifact in artifacts)
        {
            if (artifact.Subtracted is not null)
            {
                TensorFit.Check(artifact.Subtracted, artifact.Tensors, problems);
            }
        }

        foreach (var other in artifacts.Skip(1))
        {
            CheckShapes(artifacts[0].Tensors, other.Tensors, problems);
        }

        problems.ThrowIfAny();
        return new ComparePlan([.. artifacts[0].Tensors.Tensors.Values
            .Where(tensor => tensor.DType.IsFloat())
            .OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
            .Select(tensor => new ComparedTensor(
                tensor.Name,
                tensor.Elements,
                [.. artifacts.Select(artifact => (artifact.Tensors.Tensors[tensor.Name], artifact.Subtracted?.Tensors[tensor.Name]))]))]);
    }

    private static void CheckShapes(Source first, Source other, Problems problems)
    {
        foreach (var name in first.Tensors.Keys.Union(other.Tensors.Keys).Order(StringComparer.Ordinal))
        {
            var (left, right) = (first.Tensors.GetValueOrDefault(name), other.Tensors.GetValueOrDefault(name));
            if (left is null || right is null)
            {
                problems.Add(other.Field, $"The tensor {name} of {(left is null ? other : first)} is missing in {(left is null ? first : other)}.");
            }
            else if (!left.Shape.SequenceEqual(right.Shape) || left.DType.IsFloat() != right.DType.IsFloat())
            {
                problems.Add(
                    other.Field,
                    $"The tensor {name} is {right.DType} [{string.Join(", ", right.Shape)}] in {other}, but {left.DType} "
                    + $"[{string.Join(", ", left.Shape)}] in {first}.");
            }
        }
    }
}
