using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Artifacts.Rpc;
using Graft.Client;
using Graft.Faults;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Graft.Tests.Services.Client;

public sealed class WorkerClientTests
{
    private static readonly Digest _digest = Digest.Of([1]);
    private static readonly ExtractRecipe _extract = new(_digest, Digest.Of([2]));
    private static readonly string _id = RecipeCodec.DigestOf(_extract).ToString();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_recipe_goes_to_its_worker()
    {
        var script = new Script { Start = () => Job(V1.JobState.Running) };
        await using var host = await StartAsync(script);

        await host.Client.Workers.StartAsync(_extract, Token);
        await host.Client.Workers.StartAsync(new MergeRecipe(_digest, [], Provenance.Base, Provenance.Base), Token);
        await host.Client.Workers.StartAsync(new EvaluateRecipe(_digest, _digest, new LogLikelihoodRules(), 1, DType.F32), Token);
        await host.Client.Workers.StartAsync(Training(), Token);

        Assert.Equal(["extract", "merge", "evaluate", "train"], script.Calls);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => host.Client.Workers.StartAsync(new CheckpointRecipe(Training(), 1), Token));
    }

    [Fact]
    public async Task A_job_is_told_in_full()
    {
        var message = Job(V1.JobState.Failed);
        message.Progress = new V1.Progress { Completed = 3, Total = 9, Unit = "steps", Metrics = { new V1.Metric { Name = "loss", Value = 2.5 } } };
        message.Outputs.Add(new V1.Output { Name = "step-3", Artifact = _digest.ToString() });
        message.Error = new V1.JobError { Kind = "Corrupt", Message = "Broken." };
        await using var host = await StartAsync(new Script { Start = () => message });

        var job = await host.Client.Workers.StartAsync(_extract, Token);

        Assert.Equal((_id, "extract", JobState.Failed), (job.Id, job.Kind, job.State));
        Assert.Equal((3, 9, "steps", 2.5, null), (job.Progress!.Completed, job.Progress.Total, job.Progress.Unit, job.Progress.Metrics["loss"], job.Progress.Remaining));
        Assert.Equal(_digest, job.Outputs["step-3"]);
        Assert.Equal((FaultKind.Corrupt, "Broken."), (job.Error!.Kind, job.Error.Message));
    }

    [Fact]
    public async Task A_full_worker_says_when_to_come_back()
    {
        var full = new FaultException(FaultKind.Exhausted, "All 2 slots are taken.") { RetryAfter = TimeSpan.FromSeconds(1.5) };
        await using var host = await StartAsync(new Script { Start = () => throw full });

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(_extract, Token));

        Assert.Equal((FaultKind.Exhausted, full.Message, full.RetryAfter), (fault.Kind, fault.Message, fault.RetryAfter));
    }

    [Fact]
    public async Task What_is_wrong_with_a_recipe_comes_back_with_its_field()
    {
        await using var host = await StartAsync(new Script { Start = () => throw FaultException.Invalid("Too many.", "recipe.vectors") });

        var fault = await Assert.ThrowsAsync<FaultException>(() => host.Client.Workers.StartAsync(_extract, Token));

        Assert.Equal((FaultKind.Invalid, "Too many.", "recipe.vectors"), (fault.Kind, fault.Message, fault.Field));
    }

    [Fact]
    public async Task A_watch_ends_with_the_job()
    {
        var script = new Script { WatchJob = stream => SendAsync(stream, Running(1), Running(2), Job(V1.JobState.Succeeded), Running(3)) };
        await using var host = await StartAsync(script);

        var seen = await host.Client.Workers.WatchAsync(_extract, Token).ToListAsync();

        Assert.Equal([1, 2, null], seen.Select(job => job.Progress?.Completed));
        Assert.Equal(JobState.Succeeded, seen[^1].State);
        Assert.Equal([$"watch {_id}"], script.Calls);
    }

    [Fact]
    public async Task A_watch_that_breaks_is_opened_again()
    {
        var streams = 0;
        var script = new Script
        {
            WatchJob = async stream =>
            {
                await SendAsync(stream, Running(++streams));
                switch (streams)
                {
                    case 1:
                        throw new RpcException(new Status(StatusCode.Unavailable, "Going away."));
                    case 2:
                        return;
                    case 3:
                        throw new RpcException(new Status(StatusCode.Cancelled, "Stopping."));
                    default:
                        await SendAsync(stream, Job(V1.JobState.Cancelled));
                        break;
                }
            },
        };
        await using var host = await StartAsync(script);

        var seen = await host.Client.Workers.WatchAsync(_extract, Token).ToListAsync();

        Assert.Equal([1, 2, 3, 4, null], seen.Select(job => job.Progress?.Completed));
        Assert.Equal(JobState.Cancelled, seen[^1].State);
    }

    [Fact]
    public async Task A_job_that_its_worker_forgot_is_started_again_as_soon_as_there_is_a_place()
    {
        var (isKnown, refusals) = (false, 2);
        var script = new Script
        {
            Start = () =>
            {
                isKnown = refusals-- == 0;
                return isKnown
                    ? Job(V1.JobState.Running)
                    : throw new FaultException(FaultKind.Exhausted, "Full.") { RetryAfter = TimeSpan.FromMilliseconds(20) };
            },
            WatchJob = stream => isKnown
                ? SendAsync(stream, Job(V1.JobState.Succeeded))
                : throw new RpcException(new Status(StatusCode.NotFound, "No such job.")),
        };
        await using var host = await StartAsync(script);

        var seen = await host.Client.Workers.WatchAsync(_extract, Token).ToListAsync();

        Assert.Equal(JobState.Succeeded, Assert.Single(seen).State);
        Assert.Equal([$"watch {_id}", "extract", "extract", "extract", $"watch {_id}"], script.Calls);
    }

    [Fact]
    public async Task A_watch_that_is_given_up_ends_as_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var script = new Script
        {
            WatchJob = async stream =>
            {
                await SendAsync(stream, Running(1));
                await Task.Delay(Timeout.Infinite, cancellation.Token);
            },
        };
        await using var host = await StartAsync(script);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in host.Client.Workers.WatchAsync(_extract, cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });
    }

    [Fact]
    public async Task Cancelling_a_job_nobody_knows_is_no_fault()
    {
        var script = new Script();
        await using var host = await StartAsync(script);

        await host.Client.Workers.CancelAsync(_extract, Token);

        Assert.Equal([$"cancel {_id}"], script.Calls);
    }

    internal static Task<TestHost> StartAsync(Script script) => TestHost.StartAsync(
        builder => builder.Services.AddSingleton(script),
        app =>
        {
            app.MapGrpcService<ScriptedTrainer>();
            app.MapGrpcService<ScriptedMerger>();
            app.MapGrpcService<ScriptedEvaluator>();
            app.MapGrpcService<ScriptedJobs>();
            app.MapGrpcService<ScriptedCoordinator>();
        });

    private static TrainRecipe Training() => new()
    {
        Start = new CheckpointStart(_digest),
        Phases = [],
        Optimizer = new OptimizerSettings(0.9, 0.95, 1e-8, 0.1, 1),
        CheckpointSteps = [],
    };

    private static V1.Job Job(V1.JobState state) => new() { Id = _id, Kind = "extract", State = state };

    private static V1.Job Running(long completed)
    {
        var job = Job(V1.JobState.Running);
        job.Progress = new V1.Progress { Completed = completed, Total = 9, Unit = "tensors" };
        return job;
    }

    private static async Task SendAsync(IServerStreamWriter<V1.WatchJobResponse> stream, params V1.Job[] jobs)
    {
        foreach (var job in jobs)
        {
            await stream.WriteAsync(new V1.WatchJobResponse { Job = job });
        }
    }
}
