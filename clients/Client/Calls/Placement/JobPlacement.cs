using System.Net;
using Grpc.Core;
using Grpc.Net.Client.Balancer;

namespace Graft.Client.Calls.Placement;

/// <summary>
/// Which of the pods behind one address has which job. Calls about a job, which name it in a header, go to the pod where it runs; all
/// others, and new jobs, to one pod after the other. Without this, a watch would ask a pod that has never heard of the job.
/// </summary>
internal sealed class JobPlacement
{
    /// <summary>Header of a call about a job; the value is its id.</summary>
    public const string Header = "graft-job";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, EndPoint> _places = [];
    private IReadOnlyList<Subchannel> _ready = [];
    private TaskCompletionSource _complete = NewSource();
    private int _known;
    private int _turn;

    /// <summary>The pods that can be reached now.</summary>
    public IReadOnlyList<EndPoint> Pods
    {
        get
        {
            lock (_lock)
            {
                return [.. _ready.Select(AddressOf)];
            }
        }
    }

    /// <summary>Done when all pods that the address stands for can be reached.</summary>
    public Task Complete
    {
        get
        {
            lock (_lock)
            {
                return _complete.Task;
            }
        }
    }

    /// <summary>The options of a call about a job.</summary>
    public static CallOptions About(CallOptions options, string job) => options.WithHeaders(new Metadata { { Header, job } });

    public EndPoint? PlaceOf(string job)
    {
        lock (_lock)
        {
            return _places.GetValueOrDefault(job);
        }
    }

    public void Place(string job, EndPoint pod)
    {
        lock (_lock)
        {
            _places[job] = pod;
        }
    }

    public void Forget(string job)
    {
        lock (_lock)
        {
            _places.Remove(job);
        }
    }

    /// <param name="ready">Pods that can be reached.</param>
    internal void Observe(IReadOnlyList<Subchannel> ready) => Change(() => _ready = ready);

    /// <param name="count">Pods that the address stands for.</param>
    internal void Expect(int count) => Change(() => _known = count);

    /// <summary>The pod for a call.</summary>
    /// <param name="ready">Not empty.</param>
    /// <param name="job">What the call is about; null for no job.</param>
    internal Subchannel Pick(IReadOnlyList<Subchannel> ready, string? job)
    {
        lock (_lock)
        {
            if (job is not null && _places.TryGetValue(job, out var place) && ready.FirstOrDefault(pod => AddressOf(pod).Equals(place)) is { } known)
            {
                return known;
            }

            _turn = (_turn + 1) % ready.Count;
            if (job is not null)
            {
                _places[job] = AddressOf(ready[_turn]);
            }

            return ready[_turn];
        }
    }

    private void Change(Action change)
    {
        lock (_lock)
        {
            change();
            if (_known > 0 && _ready.Count >= _known)
            {
                _complete.TrySetResult();
            }
            else if (_complete.Task.IsCompleted)
            {
                _complete = NewSource();
            }
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static EndPoint AddressOf(Subchannel pod) => pod.CurrentAddress?.EndPoint ?? pod.GetAddresses()[0].EndPoint;
}
