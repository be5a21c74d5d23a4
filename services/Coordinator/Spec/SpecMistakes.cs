using Graft.Faults;

namespace Graft.Coordinator.Spec;

/// <summary>What is wrong with a spec, and where; lines and columns count from 1.</summary>
public sealed record SpecMistake(int Line, int Column, string Message);

/// <summary>Everything that is wrong with a spec, so that its writer sees it at once.</summary>
internal sealed class SpecMistakes
{
    private readonly List<SpecMistake> _found = [];

    /// <summary>In the order of the text.</summary>
    public IReadOnlyList<SpecMistake> Found =>
        [.. _found.Distinct().OrderBy(mistake => mistake.Line).ThenBy(mistake => mistake.Column)];

    public void Add(YamlNode node, string message) => Add(node.Line, node.Column, message);

    public void Add(int line, int column, string message) => _found.Add(new SpecMistake(line, column, message));

    /// <exception cref="FaultException">Invalid: one line a mistake, in the order of the text.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count > 0)
        {
            throw FaultException.Invalid(SpecMistakeText.Of(Found), "spec.yaml");
        }
    }
}
