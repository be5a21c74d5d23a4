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
            Description = "IP address and port of gRPC (HTTP/2 without TLS); *:8080 for every network, port 0 for a free one.",
            DefaultValueFactory = _ => "127.0.0.1:8080",
        };
        var metrics = new Option<string>("--metrics-address")
        {
            Description = "The same for /metrics (Prometheus); \"\" for none.",
            DefaultValueFactory = _ => "127.0.0.1:9464",
        };
        var command = host.Create(
            "serve",
            "Host all five services until Ctrl-C.",
            "Runs that were interrupted go on.",
            "graft serve --address 127.0.0.1:8080",
            "graft demo --server http://127.0.0.1:8080");
        command.Options.Add(address);
        command.Options.Add(metrics);
        host.AddStore(command);
        host.Run(command, async (result, cancellationToken) =>
        {
            host.Interruption.HasNoLimit = true;
            var settings = new LocalServerSettings(host.StoreOf(result))
            {
                Address = result.GetRequiredValue(address),
                MetricsAddress = result.GetRequiredValue(metrics),
                Stays = true,
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
