namespace Graft.Evaluator.Requests;

/// <summary>Where a request stands, for messages.</summary>
/// <param name="File">Path in the dataset.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct Place(string File, int Line)
{
    public override string ToString() => $"{File}, line {Line}";
}
