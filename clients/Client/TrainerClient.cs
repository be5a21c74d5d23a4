using System.Runtime.CompilerServices;
using Graft.Artifacts;
using Graft.Client.Calls;
using Graft.Faults;

namespace Graft.Client;

/// <summary>What trainers do besides executing recipes.</summary>
public sealed class TrainerClient
{
    private const string Kind = "train";

    private readonly Workers _trainers;

    internal TrainerClient(Workers trainers) => _trainers = trainers;

    /// <summary>What it computes on; of several trainers, one that answers.</summary>
    public async Task<V1.DescribeTrainerResponse> DescribeAsync(CancellationToken cancellationToken)
    {
        var trainer = (await _trainers.ListAsync(cancellationToken)).OrderBy(worker => worker.IsAway).First().Endpoint;
        return await trainer.CallAsync(options => ServiceAt(trainer).DescribeTrainerAsync(new V1.DescribeTrainerRequest(), options), cancellationToken);
    }

    /// <summary>The training jobs that run at any trainer, newest first.</summary>
    public async Task<IReadOnlyList<V1.Job>> RunningAsync(CancellationToken cancellationToken)
    {
        List<V1.Job> running = [];
        foreach (var trainer in await _trainers.ListAsync(cancellationToken))
        {
            running.AddRange(await RunningAsync(trainer.Endpoint, cancellationToken));
        }

        return [.. running.OrderByDescending(job => job.Started)];
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
        var trainer = await TrainerOfAsync(job, cancellationToken);
        var request = new V1.WatchTrainingRequest { Id = job };
        var updates = trainer.WatchAsync(
            options => ServiceAt(trainer).WatchTraining(request, options),
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

    private static V1.TrainerService.TrainerServiceClient ServiceAt(Endpoint trainer) => new(trainer.Invoker);

    private static async Task<List<V1.Job>> RunningAsync(Endpoint trainer, CancellationToken cancellationToken)
    {
        var jobs = new V1.JobService.JobServiceClient(trainer.Invoker);
        List<V1.Job> running = [];
        var request = new V1.ListJobsRequest();
        do
        {
            var page = await trainer.CallAsync(options => jobs.ListJobsAsync(request, options), cancellationToken);
            running.AddRange(page.Jobs.Where(job => job is { Kind: Kind, State: V1.JobState.Running }));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return running;
    }

    // One that does not run anywhere is asked for at the first, which says so in its own words.
    private async Task<Endpoint> TrainerOfAsync(string job, CancellationToken cancellationToken)
    {
        var trainers = await _trainers.ListAsync(cancellationToken);
        return trainers.Count == 1
            ? trainers[0].Endpoint
            : (await Placement.SearchAsync(trainers, Digest.Parse(job), cancellationToken) ?? trainers[0]).Endpoint;
    }
}
