using Graft.Artifacts;

namespace Graft.Merger.Comparing;

/// <summary>One tensor of several artifacts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Elements">How many numbers each artifact has in it.</param>
/// <param name="Parts">Of each artifact: its tensor, or FT's and PT's of a vector.</param>
internal sealed record ComparedTensor(string Name, long Elements, IReadOnlyList<(TensorEntry Tensor, TensorEntry? Subtracted)> Parts)
{
    /// <summary>What is read: all tensors in order of the artifacts.</summary>
    public IReadOnlyList<TensorEntry> Reads { get; } =
        [.. Parts.SelectMany(part => new[] { part.Tensor, part.Subtracted }.OfType<TensorEntry>())];
}
