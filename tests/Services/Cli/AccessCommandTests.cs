using Graft.Cli;
using Graft.Cli.Commands;
using Graft.Tests.Services.Hosting.Access;
using Spectre.Console;
using Xunit;

namespace Graft.Tests.Services.Cli;

/// <summary>How a user of the command line says who they are, and what they are told when they do not.</summary>
public sealed class AccessCommandTests
{
    [Fact]
    public async Task A_token_comes_from_a_file_or_the_environment()
    {
        await using var host = await GuardedHost.StartAsync();
        var file = host.Write("token", host.Issuer.Token("alice", ["reader"]));

        var byOption = await RunAsync(["ls", "--server", Url(host), "--ca", host.Authority.File, "--token-file", file]);
        var byVariables = await RunAsync(
            ["ls", "--server", Url(host)],
            ("GRAFT_CA", host.Authority.File), ("GRAFT_TOKEN_FILE", "/nowhere"), ("GRAFT_TOKEN", host.Issuer.Token("alice", ["reader"])));

        Assert.Equal((0, 0), (byOption.Code, byVariables.Code));
        // What is told of an empty store is told to whom was let in.
        Assert.All([byOption.Error, byVariables.Error], error => Assert.StartsWith("No names.", error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_a_token_the_way_to_give_one_is_told()
    {
        await using var host = await GuardedHost.StartAsync();

        var (code, error) = await RunAsync(["ls", "--server", Url(host), "--ca", host.Authority.File]);

        Assert.Equal(1, code);
        Assert.StartsWith("graft: This server wants to know who calls: send a token of https://issuer.test", error, StringComparison.Ordinal);
        Assert.EndsWith(
            "Try: GRAFT_TOKEN_FILE=FILE graft .., or --token-file FILE (--cert FILE --key FILE for a certificate)\n", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_identifies_a_user_too_and_a_missing_role_is_named()
    {
        await using var host = await GuardedHost.StartAsync();
        var (certificate, key) = host.Authority.Issue("alice");

        var (code, error) = await RunAsync(["gc", "--server", Url(host), "--ca", host.Authority.File, "--cert", certificate, "--key", key]);

        Assert.Equal(1, code);
        Assert.StartsWith("graft: graft.v1.VectorStoreService/CollectGarbage needs the role admin, and certificate alice has runner", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_whose_authority_is_unknown_and_files_that_are_not_there_are_told_at_once()
    {
        await using var host = await GuardedHost.StartAsync();

        var unknown = await RunAsync(["ls", "--server", Url(host)]);
        var missing = await RunAsync(["ls", "--server", Url(host), "--ca", "/nowhere.pem"]);

        Assert.Contains("is not trusted, or it is no https server: name the authority that signed it (graft --ca FILE", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("/nowhere.pem cannot be used", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serving_a_network_without_identities_is_refused_with_the_flag_that_would_allow_it()
    {
        var store = Directory.CreateTempSubdirectory("graft-serve-").FullName;

        var (code, error) = await RunAsync(["serve", "--address", "0.0.0.0:0", "--metrics-address", "", "--store", store]);

        Assert.Equal(1, code);
        Assert.Contains("nobody would be asked who they are", error, StringComparison.Ordinal);
        Assert.Contains("graft serve --allow-anyone-on-the-network", error, StringComparison.Ordinal);
        Directory.Delete(store, recursive: true);
    }

    private static string Url(GuardedHost host) => $"https://localhost:{host.Address.Port}";

    private static async Task<(int Code, string Error)> RunAsync(string[] line, params (string Name, string Value)[] variables)
    {
        var error = new StringWriter();
        var terminal = new Terminal(Open(new StringWriter()), Open(error), TimeProvider.System, name => variables.FirstOrDefault(one => one.Name == name).Value);
        return (await GraftCommand.RunAsync(line, terminal), $"{error}".ReplaceLineEndings("\n"));
    }

    private static IAnsiConsole Open(StringWriter writer)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = 200;
        return console;
    }
}
