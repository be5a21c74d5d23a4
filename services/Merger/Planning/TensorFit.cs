using Graft.Artifacts;

namespace Graft.Merger.Planning;

/// <summary>
/// Whether two checkpoints can be added or subtracted: the same tensor names, floating element types and shapes, except that the
/// vocabulary may have grown, that is, the later one has more rows of the embedding and of the head (arXiv 2503.20110's code pads the
/// other with rows of zeros).
/// </summary>
internal static class TensorFit
{
    public const string Embedding = "model.embed_tokens.weight";
    public const string Head = "lm_head.weight";

    // A tensor of the result is one array.
    private const long MaxTensorBytes = 0x7FFF_FFC7;

    /// <param name="smaller">The one whose vocabulary may be smaller.</param>
    /// <param name="larger">The one whose vocabulary may have grown.</param>
    /// <param name="problems">Takes what does not fit, by the tensors' names.</param>
    public static void Check(Source smaller, Source larger, Problems problems)
    {
        if (smaller.Tensors.Count == 0)
        {
            problems.Add(smaller.Field, $"There are no tensors in {smaller}.");
        }

        CheckNames(smaller, larger, problems);
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

    private static void CheckNames(Source smaller, Source larger, Problems problems)
    {
        foreach (var name in smaller.Tensors.Keys.Except(larger.Tensors.Keys).Order(StringComparer.Ordinal))
        {
            problems.Add(larger.Field, $"The tensor {name} of {smaller} is missing in {larger}.");
        }

        foreach (var name in larger.Tensors.Keys.Except(smaller.Tensors.Keys).Order(StringComparer.Ordinal))
        {
            problems.Add(larger.Field, $"The tensor {name} of {larger} is missing in {smaller}.");
        }
    }

    private static void CheckTensor(Source smaller, TensorEntry tensor, Source larger, TensorEntry other, Problems problems)
    {
        if (tensor.DType != other.DType)
        {
            problems.Add(
                larger.Field,
                $"The tensor {tensor.Name} is {other.DType} in {larger}, but {tensor.DType} in {smaller}; convert one of them first.");
        }
        else if (!tensor.DType.IsFloat())
        {
            problems.Add(smaller.Field, $"The tensor {tensor.Name} is {tensor.DType} in {smaller}; only floating element types can be merged.");
        }

        if (!tensor.Shape.SequenceEqual(other.Shape) && !HasGrown(tensor, other))
        {
            problems.Add(
                larger.Field,
                $"The tensor {tensor.Name} is [{string.Join(", ", other.Shape)}] in {larger}, but [{string.Join(", ", tensor.Shape)}] in {smaller}.");
        }

        if (other.Size > MaxTensorBytes)
        {
            problems.Add(larger.Field, $"The tensor {tensor.Name} of {larger} has {other.Size} bytes; {MaxTensorBytes} are possible.");
        }
    }

    private static bool HasGrown(TensorEntry tensor, TensorEntry other) =>
        tensor.Name is Embedding or Head
        && tensor.Shape is [var rows, var width]
        && other.Shape is [var otherRows, var otherWidth]
        && otherWidth == width
        && otherRows >= rows;
}
