using Graft.Faults;

namespace Graft.Merger.Planning;

/// <summary>A reason why a job cannot be done.</summary>
/// <param name="Field">Field of the request.</param>
/// <param name="Text">A sentence: what, where, what to do.</param>
public readonly record struct Problem(string Field, string Text);

/// <summary>Collects what is wrong with a request, so that the caller learns everything at once and not one by one.</summary>
internal sealed class Problems
{
    private const int Shown = 10;

    private readonly List<Problem> _all = [];

    public IReadOnlyList<Problem> All => _all;

    public bool Any => _all.Count > 0;

    /// <param name="field">Field of the request; the first one is told to programs.</param>
    /// <param name="text">A sentence: what, where, what to do. The same one again is left out.</param>
    public void Add(string field, string text)
    {
        var problem = new Problem(field, text);
        if (!_all.Contains(problem))
        {
            _all.Add(problem);
        }
    }

    /// <exception cref="FaultException">Invalid: there was a problem.</exception>
    public void ThrowIfAny()
    {
        if (Any)
        {
            var more = _all.Count > Shown ? $" And {_all.Count - Shown} more." : "";
            throw FaultException.Invalid(string.Join(" ", _all.Take(Shown).Select(problem => problem.Text)) + more, _all[0].Field);
        }
    }
}
