namespace Graft.Evaluator.Requests;

/// <summary>Where a request or row stands, for messages.</summary>
/// <param name="File">Path in the dataset.</param>
/// <param name="Line">From 1.</param>
/// <param name="Unit">What is counted, where it is not lines.</param>
internal readonly record struct Place(string File, int Line, string Unit = "line")
{
    public override string ToString() => $"{File}, {Unit} {Line}";
}
