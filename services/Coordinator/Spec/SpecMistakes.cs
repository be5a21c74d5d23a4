using Graft.Faults;

namespace Graft.Coordinator.Spec;

/// <summary>Everything that is wrong with a spec, so that its writer sees it at once.</summary>
internal sealed class SpecMistakes
{
    private readonly List<(int Line, int Column, string Message)> _found = [];

    public void Add(YamlNode node, string message) => Add(node.Line, node.Column, message);

    public void Add(int line, int column, string message) => _found.Add((line, column, message));

    /// <exception cref="FaultException">Invalid: one line a mistake, in the order of the text.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count == 0)
        {
            return;
        }

        var lines = _found.Distinct()
            .OrderBy(mistake => mistake.Line)
            .ThenBy(mistake => mistake.Column)
            .Select(mistake => $"\n  line {mistake.Line}, column {mistake.Column}: {mistake.Message}")
            .ToList();
        var count = lines.Count == 1 ? "a mistake" : $"{lines.Count} mistakes";
        throw FaultException.Invalid($"The spec has {count}:{string.Concat(lines)}", "spec.yaml");
    }
}
