using System.CommandLine;
using Graft.Client;

namespace Graft.Cli.Connections;

/// <summary>
/// How a command trusts a server and says who its user is: options, or the environment for all commands (GRAFT_CA, GRAFT_TOKEN_FILE,
/// GRAFT_TOKEN, GRAFT_CERT, GRAFT_KEY). A token itself is no option: every user of the machine sees command lines.
/// </summary>
internal sealed class CallerIdentity(Func<string, string?> variable)
{
    private readonly Option<string?> _ca = new("--ca")
    {
        Description = "PEM file of the authorities of an https server, when the system does not know them (GRAFT_CA).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _token = new("--token-file")
    {
        Description = "File with the token that says who you are, for a server that asks (GRAFT_TOKEN_FILE, or the token in GRAFT_TOKEN).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "PEM file of your certificate, for a server that takes certificates instead of tokens (GRAFT_CERT).",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "PEM file of its key, unless the same file has it (GRAFT_KEY).",
        HelpName = "FILE",
    };

    public IReadOnlyList<Option> All => [_ca, _token, _certificate, _key];

    public CredentialOptions Of(ParseResult result) => new()
    {
        CaFile = result.GetValue(_ca) ?? Variable("GRAFT_CA"),
        CertificateFile = result.GetValue(_certificate) ?? Variable("GRAFT_CERT"),
        KeyFile = result.GetValue(_key) ?? Variable("GRAFT_KEY"),
        TokenFile = result.GetValue(_token) ?? (Variable("GRAFT_TOKEN").Length > 0 ? "" : Variable("GRAFT_TOKEN_FILE")),
        Token = Variable("GRAFT_TOKEN"),
    };

    private string Variable(string name) => variable(name) ?? "";
}
