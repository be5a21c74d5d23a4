namespace Graft.Coordinator.Spec;

/// <summary>Mistakes in a message.</summary>
public static class SpecMistakeText
{
    /// <summary>A line each, below one that counts them.</summary>
    public static string Of(IReadOnlyList<SpecMistake> mistakes)
    {
        var count = mistakes.Count == 1 ? "a mistake" : $"{mistakes.Count} mistakes";
        return $"The spec has {count}:{string.Concat(mistakes.Select(mistake => $"\n  line {mistake.Line}, column {mistake.Column}: {mistake.Message}"))}";
    }
}
