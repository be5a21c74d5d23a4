namespace Graft.Cli.Runs;

/// <summary>States in words.</summary>
internal static class RunWords
{
    public static string Of(V1.RunState state) => state.ToString().ToLowerInvariant();

    public static string Of(V1.StepState state) => state.ToString().ToLowerInvariant();
}
