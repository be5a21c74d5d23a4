namespace Graft.Tests.EndToEnd.Monitoring;

/// <summary>Spans by trace and by what they are below.</summary>
internal sealed class SpanTree
{
    private readonly Dictionary<(string Trace, string Id), ReceivedSpan> _byId;
    private readonly ILookup<string, ReceivedSpan> _byTrace;

    public SpanTree(IReadOnlyList<ReceivedSpan> spans)
    {
        All = spans;
        _byId = spans.ToDictionary(span => (span.Trace, span.Id));
        _byTrace = spans.ToLookup(span => span.Trace);
    }

    public IReadOnlyList<ReceivedSpan> All { get; }

    public IEnumerable<ReceivedSpan> Named(string name) => All.Where(span => span.Name == name);

    public IEnumerable<ReceivedSpan> OfTrace(string trace) => _byTrace[trace];

    /// <summary>The span it is below, that one's, and so on to the root, as far as they have come.</summary>
    public IEnumerable<ReceivedSpan> Above(ReceivedSpan span)
    {
        while (_byId.TryGetValue((span.Trace, span.Parent), out var parent))
        {
            yield return parent;
            span = parent;
        }
    }
}
