namespace Graft.Cli.Commands;

internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something failed; standard error says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by the user.</summary>
    public const int Interrupted = Interruption.ExitCode;
}
