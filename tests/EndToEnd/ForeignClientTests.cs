using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Graft.Tests.EndToEnd;

/// <summary>
/// A client in Python (foreign/graft_client.py) that has none of Graft's code and learns the protocol from the server by reflection.
/// Debian's own interpreter and packages; installed when the tests run as root.
/// </summary>
public sealed class ForeignClientTests
{
    private const string Python = "/usr/bin/python3";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="descriptors">Protos the client was built from: those of the last release; null for what the server tells.</param>
    [Theory]
    [InlineData(null)]
    [InlineData("tests/Unit/Protos/v1.binpb")]
    public async Task It_uploads_extracts_merges_and_downloads_and_the_bytes_are_those_of_the_formula(string? descriptors)
    {
        await RequirePythonAsync();
        using var folder = new TemporaryFolder();
        await using var server = GraftProcess.Serve(folder["store"]);
        var address = (await server.ServesAsync()).Authority;

        var script = Path.Combine(SharedData.Repository, "tests", "EndToEnd", "foreign", "round_trip.py");
        string[] built = descriptors is null ? [] : [Path.Combine(SharedData.Repository, descriptors)];
        var (code, output, errors) = await RunAsync(Python, ["-B", script, address, .. built]);

        Assert.True(code == 0, $"{output}\n{errors}");
        using var report = JsonDocument.Parse(output);
        var said = report.RootElement;
        Assert.True(said.GetProperty("serving").GetBoolean());
        // One chunk had arrived for good when the first write was broken off.
        Assert.Equal(4 << 20, said.GetProperty("resumed_from").GetInt64());
        Assert.Equal(0, said.GetProperty("wrong").GetArrayLength());
        Assert.Equal((4, 5_004_040), (said.GetProperty("tensors").GetInt32(), said.GetProperty("elements").GetInt64()));
        Assert.True(said.GetProperty("same_again").GetBoolean());
        Assert.Equal("[\"INVALID_ARGUMENT\", true]", said.GetProperty("wrong_digest").GetRawText());
        Assert.Equal("[\"NOT_FOUND\", true]", said.GetProperty("missing_artifact").GetRawText());

        // What the foreign client has put is what everybody else sees.
        var shown = await GraftProcess.RunAsync("show", "foreign/FT", "--server", $"http://{address}", "--json");
        using var artifact = JsonDocument.Parse(shown);
        Assert.Equal(5_004_040, artifact.RootElement.GetProperty("parameters").GetInt64());
        Assert.True(artifact.RootElement.GetProperty("stored_size").GetInt64() < artifact.RootElement.GetProperty("logical_size").GetInt64() * 2 / 3);
    }

    private static async Task RequirePythonAsync()
    {
        if (File.Exists(Python) && (await RunAsync(Python, "-c", "import grpc, google.protobuf")).Code == 0)
        {
            return;
        }

        Assert.SkipUnless(
            Environment.UserName == "root" && File.Exists("/usr/bin/apt-get"),
            "Needs grpcio for Python: apt-get install python3-grpcio (done by the test itself as root on Debian).");
        var (code, _, errors) = await RunAsync("/usr/bin/apt-get", "install", "-y", "--no-install-recommends", "python3-grpcio", "python3-protobuf");
        if (code != 0)
        {
            await RunAsync("/usr/bin/apt-get", "update");
            (code, _, errors) = await RunAsync("/usr/bin/apt-get", "install", "-y", "--no-install-recommends", "python3-grpcio", "python3-protobuf");
        }

        Assert.True(code == 0, errors);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var errors = process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, await output, await errors);
    }
}
