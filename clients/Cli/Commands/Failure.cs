using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>Turns what went wrong into one line for the user and an exit code.</summary>
internal static class Failure
{
    /// <param name="exception">What went wrong.</param>
    /// <param name="terminal">Where to say it.</param>
    /// <param name="cancellationToken">Whether the user interrupted.</param>
    /// <returns>The exit code.</returns>
    public static int Report(Exception exception, Terminal terminal, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }

        if (terminal.IsDebugging)
        {
            Terminal.WriteLine(terminal.Error, exception.ToString());
        }

        var (message, advice) = Describe(exception, terminal.CommandName);
        Terminal.WriteLine(terminal.Error, advice is null ? $"graft: {message}" : $"graft: {message} Try: {advice}");
        return ExitCodes.Failed;
    }

    /// <summary>What happened, and the next command to try where the message does not say it.</summary>
    internal static (string Message, string? Advice) Describe(Exception exception, string command) => exception switch
    {
        AdvisedException advised => (advised.Message, advised.Advice),
        FaultException fault => (Sentence(fault.Message), Advice(fault.Kind, command)),
        IOException or UnauthorizedAccessException => (Sentence(exception.Message), null),
        _ => ($"This is a bug of Graft: {Sentence(exception.Message)}", $"GRAFT_DEBUG=1 {command} .. and report what it prints"),
    };

    private static string? Advice(FaultKind kind, string command) => kind switch
    {
        FaultKind.NotFound => $"{command} ls",
        FaultKind.Unavailable => $"{command} serve, or leave --server away",
        FaultKind.Exhausted or FaultKind.Conflict => "the same command again",
        FaultKind.Unauthenticated => $"GRAFT_TOKEN_FILE=FILE {command} .., or --token-file FILE (--cert FILE --key FILE for a certificate)",
        FaultKind.Internal => "the server's log (graft.log in the store's folder)",
        FaultKind.Corrupt => $"{command} import, or the run that made it, once more into another --store",
        FaultKind.Invalid or FaultKind.Exists or FaultKind.Precondition or FaultKind.PermissionDenied => null,
    };

    private static string Sentence(string text) => text.Length > 0 && text[^1] is '.' or '!' or '?' or ')' ? text : $"{text}.";
}

/// <summary>A failure that knows the next command to try.</summary>
internal sealed class AdvisedException(string message, string advice) : Exception(message)
{
    public string Advice => advice;
}
