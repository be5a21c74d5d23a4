using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>Everything that is wrong with a request, so that its caller is told at once and not one by one.</summary>
internal sealed class Problems
{
    private const int Shown = 10;

    private readonly List<string> _texts = [];
    private string? _field;

    /// <param name="field">Field of the request; the first one is told to programs.</param>
    /// <param name="text">A sentence: what, where, what to do.</param>
    public void Add(string field, string text)
    {
        _field ??= field;
        _texts.Add(text);
    }

    /// <exception cref="FaultException">Invalid: there was a problem.</exception>
    public void ThrowIfAny()
    {
        if (_texts.Count > 0)
        {
            var more = _texts.Count > Shown ? $" And {_texts.Count - Shown} more." : "";
            throw FaultException.Invalid(string.Join(" ", _texts.Take(Shown)) + more, _field);
        }
    }
}
