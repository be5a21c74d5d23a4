using Graft.Artifacts;

namespace Graft.Merger.Planning;

/// <summary>
/// Whether two checkpoints can be added or subtracted: the same tensor names and shapes, except that the vocabulary may have grown, that
/// is, the later one has more rows of the embedding and of the head (arXiv 2503.20110's code pads the other with rows of zeros). Floating
/// element types may differ, since numbers are computed wide; other tensors must be the same in both.
/// </summary>
internal static class TensorFit
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string Head = "lm_head.weight";

    /// <param name="smaller">The one whose vocabulary may be smaller.</param>
    /// <param name="larger">The one whose vocabulary may have grown.</param>
    /// <param name="problems">Takes what does not fit, by the tensors' names.</param>
    public static void Check(Source smaller, Source larger, Problems problems)
    {
        if (smaller.Tensors.Count == 0)
        {
            problems.Add(smaller.Field, $"There are no tensors in {smaller}.");
        }

        CheckNames(smaller, larger, larger.Field, problems);
        CheckNames(larger, smaller, larger.Field, problems);
        foreach (var (name, tensor) in smaller.Tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (larger.Tensors.TryGetValue(name, out var other))
            {
                CheckTensor(smaller, tensor, larger, other, problems);
            }
        }

        if (smaller.Config?.ModelType is { } type && larger.Config?.ModelType is { } otherType && type != otherType)
        {
            problems.Add(larger.Field, $"The model type is {otherType} in {larger}, but {type} in {smaller}.");
        }
    }

    /// <summary>Rows of the embedding; null when there is none.</summary>
    public static long? Rows(Source source) =>
        source.Tensors.TryGetValue(Embedding, out var tensor) && tensor.Shape is [var rows, ..] ? rows : null;

    private static void CheckNames(Source with, Source without, string field, Problems problems)
    {
        foreach (var name in with.Tensors.Keys.Except(without.Tensors.Keys).Order(StringComparer.Ordinal))
        {
            // A tied head is the embedding under another name; some tools write it out and some do not.
            problems.Add(
                field,
                name == Head && without.Config?.TiesHead != false
                    ? $"The tensor {Head} of {with} is missing in {without}, whose head is its embedding (tied); "
                        + $"write {Head} out in all of them, or leave it away in all."
                    : $"The tensor {name} of {with} is missing in {without}.");
        }
    }

    private static void CheckTensor(Source smaller, TensorEntry tensor, Source larger, TensorEntry other, Problems problems)
    {
        if (tensor.DType != other.DType && !(tensor.DType.IsFloat() && other.DType.IsFloat()))
        {
            problems.Add(larger.Field, $"The tensor {tensor.Name} is {other.DType} in {larger}, but {tensor.DType} in {smaller}.");
        }
        else if (!tensor.DType.IsFloat() && tensor.Sha256 != other.Sha256)
        {
            problems.Add(
                larger.Field,
                $"The tensor {tensor.Name} is {tensor.DType} and not the same in {larger} as in {smaller}; only floating element types can be merged.");
        }

        if (!tensor.Shape.SequenceEqual(other.Shape) && !HasGrown(tensor, other))
        {
            problems.Add(
                larger.Field,
                $"The tensor {tensor.Name} is [{string.Join(", ", other.Shape)}] in {larger}, but [{string.Join(", ", tensor.Shape)}] in {smaller}.");
        }
    }

    private static bool HasGrown(TensorEntry tensor, TensorEntry other) =>
        tensor.Name is Embedding or Head
        && tensor.DType.IsFloat()
        && tensor.Shape is [var rows, var width]
        && other.Shape is [var otherRows, var otherWidth]
        && otherWidth == width
        && otherRows >= rows;
}
