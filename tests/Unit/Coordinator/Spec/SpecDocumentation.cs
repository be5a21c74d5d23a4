namespace Graft.Tests.Unit.Coordinator.Spec;

/// <summary>The complete specs in the README beside the parser.</summary>
internal static class SpecDocumentation
{
    public static IReadOnlyList<string> Examples()
    {
        var text = File.ReadAllText(Path.Combine(SharedData.Repository, "services", "Coordinator", "Spec", "README.md"));
        return [.. text.Split("```yaml\n")[1..].Select(part => part.Split("```")[0]).Where(part => part.StartsWith("name:", StringComparison.Ordinal))];
    }
}
