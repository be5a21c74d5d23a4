using Graft.Cli.Connections;
using Graft.Client;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Cli.Connections;

public sealed class ServiceAddressesTests
{
    [Fact]
    public void Services_have_the_addresses_that_the_environment_names_and_the_others_the_servers()
    {
        var options = ServiceAddresses.Apply(
            new ClientOptions { Server = new Uri("http://127.0.0.1:8080") },
            name => name switch
            {
                "Client__VectorStore" => "dns:///vector-store:8080",
                "Client__Trainer" => "",
                "Client__Coordinator" => "http://127.0.0.1:8081",
                _ => null,
            });

        Assert.Equal(
            ("http://127.0.0.1:8080/", "dns:///vector-store:8080", null, null, null, "http://127.0.0.1:8081/"),
            (options.Server?.ToString(), options.VectorStore?.ToString(), options.Trainer?.ToString(), options.Merger?.ToString(), options.Evaluator?.ToString(), options.Coordinator?.ToString()));
    }

    [Theory]
    [InlineData("trainer:8080")]
    [InlineData("trainer")]
    [InlineData("ftp://trainer")]
    public void What_is_no_address_is_told_with_the_variable(string text)
    {
        var fault = Assert.Throws<FaultException>(() => ServiceAddresses.Apply(new ClientOptions(), name => name == "Client__Trainer" ? text : null));

        Assert.Equal(FaultKind.Invalid, fault.Kind);
        Assert.Equal($"Client__Trainer is '{text}'; write an address such as dns:///trainer:8080 or http://127.0.0.1:8080.", fault.Message);
    }
}
