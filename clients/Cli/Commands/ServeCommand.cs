using System.CommandLine;
using Graft.Cli.Connections;

namespace Graft.Cli.Commands;

/// <summary>graft serve</summary>
internal static class ServeCommand
{
    public static Command Create(CommandHost host)
    {
        var address = new Option<string>("--address")
        {
            Description = "IP address and port of gRPC (HTTP/2); *:8080 for every network, port 0 for a free one.",
            DefaultValueFactory = _ => "127.0.0.1:8080",
        };
        var metrics = new Option<string>("--metrics-address")
        {
            Description = "The same for /metrics (Prometheus); \"\" for none.",
            DefaultValueFactory = _ => "127.0.0.1:9464",
        };
        var anyone = new Option<bool>("--allow-anyone-on-the-network")
        {
            Description = "Let everybody who reaches the address read, run and delete, and ask nobody who they are.",
        };
        var trainer = new TrainerSettings(host);
        var command = host.Create(
            "serve",
            "Host all five services until Ctrl-C.",
            "Runs that were interrupted go on. Other machines are let in with TLS and identities, which the environment names: "
            + "Access__Tls__CertificateFile, Access__Tls__KeyFile, Access__Jwt__Issuer, ... (k8s/ACCESS.md).",
            "graft serve --address 127.0.0.1:8080",
            "graft demo --server http://127.0.0.1:8080");
        command.Options.Add(address);
        command.Options.Add(metrics);
        command.Options.Add(anyone);
        foreach (var option in trainer.All)
        {
            command.Options.Add(option);
        }

        host.AddStore(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            host.Interruption.HasNoLimit = true;
            var settings = new LocalServerSettings(host.StoreOf(result))
            {
                Address = result.GetRequiredValue(address),
                MetricsAddress = result.GetRequiredValue(metrics),
                AllowsAnyone = result.GetValue(anyone),
                Stays = true,
                Trainer = trainer.Settings(result),
                Variable = host.Terminal.Variable,
            };
            await using var server = await LocalServer.StartAsync(settings, cancellationToken);
            var observed = server.MetricsAddress is { } uri ? $", metrics at {uri}" : "";
            Terminal.WriteLine(
                host.Terminal.Error, $"Graft serves {server.Address.GetLeftPart(UriPartial.Authority)} from {settings.Store}{observed}. Ctrl-C stops it.");
            await UntilAsync(cancellationToken);
        });
        return command;
    }

    // A server that is asked to stop has done its work.
    private static async Task UntilAsync(CancellationToken cancellationToken)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(stopped.SetResult);
        await stopped.Task;
    }
}
