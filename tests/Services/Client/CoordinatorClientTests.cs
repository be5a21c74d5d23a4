using Graft.Faults;
using Grpc.Core;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class CoordinatorClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_element_of_a_watch_is_the_whole_run()
    {
        var script = new Script
        {
            WatchRun = stream => SendAsync(
                stream,
                Run(V1.RunState.Running, "yaml", Step("a", V1.StepState.Running), Step("b", V1.StepState.Waiting)),
                Run(V1.RunState.Running, null, Step("a", V1.StepState.Succeeded)),
                Run(V1.RunState.Succeeded, null, Step("b", V1.StepState.Hit))),
        };
        await using var host = await WorkerClientTests.StartAsync(script);

        var seen = await host.Client.Coordinator.WatchAsync("17", Token).ToListAsync();

        Assert.Equal(
            ["Running: a Running, b Waiting", "Running: a Succeeded, b Waiting", "Succeeded: a Succeeded, b Hit"],
            seen.Select(Describe));
        Assert.All(seen, run => Assert.Equal("yaml", run.Spec.Yaml));
        Assert.Equal(["watch 17"], script.Calls);
    }

    [Fact]
    public async Task After_a_break_the_run_is_told_anew()
    {
        var streams = 0;
        var script = new Script
        {
            WatchRun = async stream =>
            {
                if (++streams == 1)
                {
                    await SendAsync(stream, Run(V1.RunState.Running, "yaml", Step("a", V1.StepState.Running), Step("b", V1.StepState.Waiting)));
                    throw new RpcException(new Status(StatusCode.Unavailable, "Restarting."));
                }

                await SendAsync(
                    stream,
                    Run(V1.RunState.Running, "yaml", Step("a", V1.StepState.Hit), Step("b", V1.StepState.Running)),
                    Run(V1.RunState.Failed, null, Step("b", V1.StepState.Failed)));
            },
        };
        await using var host = await WorkerClientTests.StartAsync(script);

        var seen = await host.Client.Coordinator.WatchAsync("17", Token).ToListAsync();

        Assert.Equal(
            ["Running: a Running, b Waiting", "Running: a Hit, b Running", "Failed: a Hit, b Failed"],
            seen.Select(Describe));
    }

    [Fact]
    public async Task A_run_nobody_knows_is_not_found()
    {
        await using var host = await WorkerClientTests.StartAsync(new Script { WatchRun = _ => throw FaultException.NotFound("No run 17.") });

        var fault = await Assert.ThrowsAsync<FaultException>(async () => await host.Client.Coordinator.WatchAsync("17", Token).ToListAsync());

        Assert.Equal((FaultKind.NotFound, "No run 17."), (fault.Kind, fault.Message));
    }

    [Fact]
    public async Task All_pages_of_runs_are_listed()
    {
        var script = new Script();
        await using var host = await WorkerClientTests.StartAsync(script);

        var runs = await host.Client.Coordinator.ListAsync(Token).ToListAsync();

        Assert.Equal(["1", "2", "3"], runs.Select(run => run.Id));
        Assert.Equal(["list ", "list 2"], script.Calls);
    }

    private static V1.Run Run(V1.RunState state, string? yaml, params V1.Step[] steps)
    {
        var run = new V1.Run { Id = "17", State = state, Spec = yaml is null ? null : new V1.RunSpec { Yaml = yaml } };
        run.Steps.AddRange(steps);
        return run;
    }

    private static V1.Step Step(string id, V1.StepState state) => new() { Id = id, State = state };

    private static string Describe(V1.Run run) => $"{run.State}: {string.Join(", ", run.Steps.Select(step => $"{step.Id} {step.State}"))}";

    private static async Task SendAsync(IServerStreamWriter<V1.WatchRunResponse> stream, params V1.Run[] runs)
    {
        foreach (var run in runs)
        {
            await stream.WriteAsync(new V1.WatchRunResponse { Run = run });
        }
    }
}
