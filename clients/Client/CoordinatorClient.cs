using System.Runtime.CompilerServices;
using Graft.Client.Calls;
using Graft.Faults;
using Grpc.Core;

namespace Graft.Client;

/// <summary>Runs of workflows.</summary>
public sealed class CoordinatorClient
{
    private readonly Endpoint _endpoint;

    internal CoordinatorClient(Endpoint endpoint) => _endpoint = endpoint;

    private V1.CoordinatorService.CoordinatorServiceClient Service => new(_endpoint.Invoker);

    /// <summary>What the run would do, whatever its size: each step HIT, MISS or BLOCKED, and what it costs.</summary>
    /// <exception cref="FaultException">Invalid: a mistake in the spec.</exception>
    public Task<V1.PlanRunResponse> PlanAsync(V1.RunSpec spec, CancellationToken cancellationToken) => _endpoint.RetryAsync(
        async (_, token) =>
        {
            using var call = Service.StreamPlan(new V1.PlanRunRequest { Spec = spec }, _endpoint.StreamOptions(token));
            try
            {
                var plan = new V1.PlanRunResponse { Run = new V1.Run() };
                await foreach (var part in call.ResponseStream.ReadAllAsync(token))
                {
                    plan.MergeFrom(part);
                }

                return plan;
            }
            catch (RpcException exception)
            {
                throw _endpoint.Translate(exception, token);
            }
        },
        cancellationToken);

    /// <summary>Starts the run, attaches to it while it runs, or lets it go on.</summary>
    /// <exception cref="FaultException">Invalid: a mistake in the spec.</exception>
    public async Task<V1.Run> StartAsync(V1.RunSpec spec, CancellationToken cancellationToken) =>
        (await _endpoint.CallAsync(options => Service.StartRunAsync(new V1.StartRunRequest { Spec = spec }, options), cancellationToken)).Run;

    /// <summary>
    /// The whole run as it stands and after each change, until it ends; each element is the reader's own. Survives a connection that
    /// breaks and a coordinator that is restarted.
    /// </summary>
    /// <exception cref="FaultException">NotFound; Unavailable when the coordinator was away for longer than the client's patience.</exception>
    public async IAsyncEnumerable<V1.Run> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        V1.Run? whole = null;
        var updates = _endpoint.WatchAsync(
            options => Service.WatchRun(new V1.WatchRunRequest { Id = id }, options),
            response => response.Run.State != V1.RunState.Running,
            isReopened: () => whole = null,
            revive: null,
            cancellationToken);
        await foreach (var update in updates)
        {
            whole = whole is null ? update.Run.Clone() : Apply(whole, update.Run);
            yield return whole.Clone();
        }
    }

    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<V1.Run> GetAsync(string id, CancellationToken cancellationToken) =>
        (await _endpoint.CallAsync(options => Service.GetRunAsync(new V1.GetRunRequest { Id = id }, options), cancellationToken)).Run;

    /// <summary>The run as it stands, with all its steps, however many.</summary>
    /// <exception cref="FaultException">NotFound. Precondition: it was interrupted, and is too large to be told at once.</exception>
    public async Task<V1.Run> GetWholeAsync(string id, CancellationToken cancellationToken)
    {
        var run = await GetAsync(id, cancellationToken);
        if (run.Steps.Count >= run.StepCount)
        {
            return run;
        }

        await foreach (var state in WatchAsync(id, cancellationToken))
        {
            run = state;
            if (state.Steps.Count >= state.StepCount)
            {
                break;
            }
        }

        return run;
    }

    /// <summary>All runs, newest first, without their steps and specs.</summary>
    public async IAsyncEnumerable<V1.Run> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new V1.ListRunsRequest();
        do
        {
            var page = await _endpoint.CallAsync(options => Service.ListRunsAsync(request, options), cancellationToken);
            foreach (var run in page.Runs)
            {
                yield return run;
            }

            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
    }

    /// <summary>Stops a run and its jobs. Done again, or after its end, it changes nothing.</summary>
    /// <exception cref="FaultException">NotFound.</exception>
    public async Task<V1.Run> CancelAsync(string id, CancellationToken cancellationToken) =>
        (await _endpoint.CallAsync(options => Service.CancelRunAsync(new V1.CancelRunRequest { Id = id }, options), cancellationToken)).Run;

    // An update has no spec and only the steps that changed; all else in it is as it is now.
    internal static V1.Run Apply(V1.Run whole, V1.Run update)
    {
        var changed = update.Steps.ToDictionary(step => step.Id);
        var next = update.Clone();
        next.Spec = whole.Spec;
        next.Steps.Clear();
        next.Steps.AddRange(whole.Steps.Select(step => changed.Remove(step.Id, out var newer) ? newer : step));
        next.Steps.AddRange(update.Steps.Where(step => changed.ContainsKey(step.Id)));
        return next;
    }
}
