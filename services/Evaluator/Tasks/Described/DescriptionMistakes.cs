using Graft.Faults;

namespace Graft.Evaluator.Tasks.Described;

/// <summary>All that is wrong with a description, so that it can be put right at once.</summary>
internal sealed class DescriptionMistakes
{
    private readonly List<(int Line, string What)> _mistakes = [];

    public void Add(int line, string what) => _mistakes.Add((line, what));

    /// <exception cref="FaultException">Invalid: there were some; each with its line.</exception>
    public void ThrowIfAny(string file)
    {
        if (_mistakes.Count > 0)
        {
            var list = _mistakes.OrderBy(mistake => mistake.Line).Select(mistake => $"line {mistake.Line}: {mistake.What}");
            throw FaultException.Invalid($"{file}, {string.Join("; ", list)}.", "recipe.described.yaml");
        }
    }
}
