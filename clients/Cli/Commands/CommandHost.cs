using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using Graft.Cli.Connections;

namespace Graft.Cli.Commands;

/// <summary>What every command has: the options all share, a connection, and one way to fail.</summary>
internal sealed class CommandHost(Terminal terminal, Interruption interruption, IReadOnlyList<string> arguments)
{
    private readonly Option<Uri?> _server = new("--server")
    {
        Description = "Send everything to this server (see graft serve) instead of hosting the services in this process.",
        HelpName = "URL",
        CustomParser = result => ParseServer(result),
    };

    private readonly Option<string> _store = new("--store")
    {
        Description = "Folder of the artifacts, or s3://bucket/prefix (GRAFT_S3_ENDPOINT and AWS_... say where), used when no server is named.",
        HelpName = "DIR",
        DefaultValueFactory = _ => StoreFolder.Default(terminal.Variable),
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print the result as JSON on standard output, everything else on standard error.",
    };

    private readonly CallerIdentity _identity = new(terminal.Variable);

    private readonly long _began = terminal.Time.GetTimestamp();
    private readonly Dictionary<Command, (string Details, string[] Examples)> _help = [];

    /// <summary>Time since the program began.</summary>
    public TimeSpan Elapsed => terminal.Time.GetElapsedTime(_began);

    public Terminal Terminal => terminal;

    public Interruption Interruption => interruption;

    /// <summary>What the user typed, to be typed again.</summary>
    public string CommandLine => string.Join(' ', arguments.Select(Quote).Prepend(terminal.CommandName));

    /// <param name="name">Name of the command.</param>
    /// <param name="description">One sentence, for the list of commands too.</param>
    /// <param name="details">What else its own help says; may be empty.</param>
    /// <param name="examples">Command lines.</param>
    public Command Create(string name, string description, string details, params string[] examples)
    {
        var command = new Command(name, description);
        _help.Add(command, (details, examples));
        return command;
    }

    public (string Details, string[] Examples) Help(Command command) => _help.GetValueOrDefault(command, ("", []));

    /// <summary>Adds --server with what it may ask for, --store, and --json where there is a result to print.</summary>
    public void AddConnection(Command command, bool hasJson = true)
    {
        command.Options.Add(_server);
        foreach (var option in _identity.All)
        {
            command.Options.Add(option);
        }

        command.Options.Add(_store);
        if (hasJson)
        {
            command.Options.Add(_json);
        }
    }

    /// <summary>Adds --json to a command that needs no connection.</summary>
    public void AddJson(Command command) => command.Options.Add(_json);

    public void AddStore(Command command) => command.Options.Add(_store);

    public string StoreOf(ParseResult result) =>
        result.GetRequiredValue(_store) is var store && S3Store.IsMeant(store) ? store : Path.GetFullPath(store);

    public bool IsJson(ParseResult result) => result.GetValue(_json);

    public Task<Connection> ConnectAsync(ParseResult result, CancellationToken cancellationToken) => ConnectAsync(result, trainer: null, cancellationToken);

    /// <param name="result">The command line.</param>
    /// <param name="trainer">Settings of the trainer, for a command that trains in this process.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Connection> ConnectAsync(ParseResult result, IReadOnlyDictionary<string, string?>? trainer, CancellationToken cancellationToken) =>
        Connection.OpenAsync(result.GetValue(_server), StoreOf(result), terminal, _identity.Of(result), trainer, cancellationToken);

    /// <summary>As a client of the process that uses the store now, if there is one; that process may be any command that is at work.</summary>
    public Task<Connection> ConnectToHolderAsync(ParseResult result, CancellationToken cancellationToken) => Connection.OpenAsync(
        result.GetValue(_server) ?? StoreLock.FindHolder(StoreOf(result)), StoreOf(result), terminal, _identity.Of(result), trainer: null, cancellationToken);

    /// <summary>As a client of a server that stays: the one that is named, or the graft serve that holds the store; null when there is none.</summary>
    public async Task<Connection?> TryConnectToServerAsync(ParseResult result, CancellationToken cancellationToken) =>
        (result.GetValue(_server) ?? StoreLock.FindServer(StoreOf(result))) is { } server
            ? await Connection.OpenAsync(server, StoreOf(result), terminal, _identity.Of(result), trainer: null, cancellationToken)
            : null;

    public bool NamesServer(System.CommandLine.Parsing.SymbolResult result) => result.GetValue(_server) is not null;

    /// <summary>What the command does; faults become one line, and everything an exit code.</summary>
    public void Run(Command command, Func<ParseResult, CancellationToken, Task> action) => Run(command, async (result, cancellationToken) =>
    {
        await action(result, cancellationToken);
        return ExitCodes.Done;
    });

    /// <summary>What a command does that has an exit code of its own.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "The edge of the program: whatever happens becomes a line and an exit code.")]
    public void Run(Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (result, _) =>
        {
            try
            {
                return await action(result, interruption.Token);
            }
            catch (Exception exception)
            {
                return Failure.Report(exception, terminal, interruption.Token);
            }
        });

    private static string Quote(string argument) =>
        argument.Length > 0 && argument.All(letter => char.IsAsciiLetterOrDigit(letter) || "-_./:=@+,%~".Contains(letter))
            ? argument
            : $"'{argument.Replace("'", "'\\''")}'";

    private static Uri? ParseServer(System.CommandLine.Parsing.ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (Uri.TryCreate(text, UriKind.Absolute, out var server) && server.Scheme is "http" or "https" or "dns")
        {
            return server;
        }

        result.AddError($"--server is '{text}'; write an address such as http://127.0.0.1:8080.");
        return null;
    }
}
