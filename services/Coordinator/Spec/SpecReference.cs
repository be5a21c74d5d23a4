namespace Graft.Coordinator.Spec;

/// <summary>What a reference must stand for.</summary>
public enum ReferenceKind
{
    Checkpoint,
    Dataset,
    Blueprint,
}

/// <summary>A reference of a spec to something that exists: a local path, a name in the store or a digest.</summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">What it must stand for.</param>
/// <param name="Place">Its key in the spec, such as "finetune.recipe.data".</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record SpecReference(string Text, ReferenceKind Kind, string Place, int Line, int Column)
{
    /// <summary>
    /// Whether it is a folder or file of the spec's author, to be imported before the run: it begins with ./ ../ / or ~/. Relative
    /// paths count from the spec's own folder.
    /// </summary>
    public bool IsLocalPath =>
        Text.StartsWith("./", StringComparison.Ordinal) || Text.StartsWith("../", StringComparison.Ordinal)
        || Text.StartsWith('/') || Text.StartsWith("~/", StringComparison.Ordinal);
}
