using System.Runtime.CompilerServices;
using Graft.Client.Calls;
using Graft.Client.Calls.Placement;
using Graft.Faults;

namespace Graft.Client;

/// <summary>What the trainer does besides executing recipes.</summary>
public sealed class TrainerClient
{
    private const string Kind = "train";

    private readonly Endpoint _endpoint;

    internal TrainerClient(Endpoint endpoint) => _endpoint = endpoint;

    private V1.TrainerService.TrainerServiceClient Service => new(_endpoint.Invoker);

    /// <summary>What it computes on.</summary>
    public Task<V1.DescribeTrainerResponse> DescribeAsync(CancellationToken cancellationToken) =>
        _endpoint.CallAsync(options => Service.DescribeTrainerAsync(new V1.DescribeTrainerRequest(), options), cancellationToken);

    /// <summary>The training jobs that run, newest first.</summary>
    public async Task<IReadOnlyList<V1.Job>> RunningAsync(CancellationToken cancellationToken)
    {
        var jobs = new V1.JobService.JobServiceClient(_endpoint.Invoker);
        List<V1.Job> running = [];
        var request = new V1.ListJobsRequest();
        do
        {
            var page = await _endpoint.CallAsync(options => jobs.ListJobsAsync(request, options), cancellationToken);
            running.AddRange(page.Jobs.Where(job => job is { Kind: Kind, State: V1.JobState.Running }));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return running;
    }

    /// <summary>
    /// Every step of a job from its first, those done at once, the others as they are done. The stream survives a connection that
    /// breaks, and misses no step.
    /// </summary>
    /// <param name="job">Digest of the recipe.</param>
    /// <param name="cancellationToken">Ends the watching, not the job.</param>
    /// <exception cref="FaultException">NotFound: it does not run there, nor has it ended there lately.</exception>
    public async IAsyncEnumerable<V1.WatchTrainingResponse> WatchAsync(string job, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new V1.WatchTrainingRequest { Id = job };
        var updates = _endpoint.WatchAsync(
            options => Service.WatchTraining(request, JobPlacement.About(options, job)),
            response => response.Ended,
            isReopened: () => { },
            revive: null,
            cancellationToken);
        await foreach (var update in updates)
        {
            request.AfterStep = update.Steps.Count > 0 ? update.Steps[^1].Step : request.AfterStep;
            yield return update;
        }
    }
}
