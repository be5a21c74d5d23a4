using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Connections;

/// <summary>
/// Services that are not all at one address, as on a cluster: Client__VectorStore, Client__Trainer, Client__Merger, Client__Evaluator and
/// Client__Coordinator of the environment, the same variables that the services themselves read.
/// </summary>
internal static class ServiceAddresses
{
    /// <exception cref="FaultException">Invalid: a variable holds no address.</exception>
    public static ClientOptions Apply(ClientOptions options, Func<string, string?> variable)
    {
        options.VectorStore = Address(nameof(options.VectorStore), variable);
        options.Trainer = Address(nameof(options.Trainer), variable);
        options.Merger = Address(nameof(options.Merger), variable);
        options.Evaluator = Address(nameof(options.Evaluator), variable);
        options.Coordinator = Address(nameof(options.Coordinator), variable);
        return options;
    }

    private static Uri? Address(string service, Func<string, string?> variable)
    {
        var name = $"{ClientOptions.Section}__{service}";
        if (variable(name) is not { Length: > 0 } text)
        {
            return null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "dns"
            ? address
            : throw FaultException.Invalid($"{name} is '{text}'; write an address such as dns:///trainer:8080 or http://127.0.0.1:8080.", name);
    }
}
