namespace Graft.Coordinator.Spec;

/// <summary>What reading a spec gathers beside its records.</summary>
internal sealed class SpecContext
{
    private readonly HashSet<SpecReference> _references = [];
    private readonly Dictionary<string, SpecReference> _first = [];

    public SpecMistakes Mistakes { get; } = new();

    /// <summary>In the order of the text.</summary>
    public IReadOnlyList<SpecReference> References => [.. _references.OrderBy(reference => reference.Line).ThenBy(reference => reference.Column)];

    public void Add(SpecReference reference)
    {
        if (reference.Text.Length == 0)
        {
            return;
        }

        if (_first.GetValueOrDefault(reference.Text) is { } other && other.Kind != reference.Kind)
        {
            Mistakes.Add(
                reference.Line,
                reference.Column,
                $"{reference.Place} takes '{reference.Text}' as a {Word(reference.Kind)}, but {other.Place} as a {Word(other.Kind)}");
        }

        _first.TryAdd(reference.Text, reference);
        _references.Add(reference);
    }

    private static string Word(ReferenceKind kind) => kind switch
    {
        ReferenceKind.Checkpoint => "checkpoint",
        ReferenceKind.Dataset => "dataset",
        ReferenceKind.Blueprint => "blueprint",
    };
}
