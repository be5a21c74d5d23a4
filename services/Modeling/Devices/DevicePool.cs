using Graft.Artifacts;
using Graft.Faults;

namespace Graft.Modeling.Devices;

/// <summary>
/// The devices of a trainer, one job each; the CPU alone takes any number of jobs, whose limit is that of all jobs.
/// </summary>
public sealed class DevicePool
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Stack<string> _free;
    private readonly HashSet<string> _holders = [];
    private readonly Queue<TaskCompletionSource<string>> _waiting = [];

    /// <param name="devices">As libtorch names them: "cpu", or "cuda:0" and so on.</param>
    public DevicePool(IReadOnlyList<string> devices)
    {
        Devices = devices;
        _free = new Stack<string>(devices.Reverse());
    }

    public IReadOnlyList<string> Devices { get; }

    public bool IsCpu => Devices is ["cpu"];

    /// <summary>What a recipe computes in unless it is told: bf16 where there is a GPU, which has units for it; fp32 on a CPU.</summary>
    public DType DefaultComputeDType => IsCpu ? DType.F32 : DType.BF16;

    /// <exception cref="FaultException">Exhausted: every device has a job, and it is another one; with the time to wait.</exception>
    public void RefuseUnlessFree(string job)
    {
        lock (_lock)
        {
            if (!IsCpu && _free.Count == 0 && !_holders.Contains(job))
            {
                throw new FaultException(FaultKind.Exhausted, $"Each of the {Devices.Count} devices here has a job; try again in {_retryAfter}.")
                {
                    RetryAfter = _retryAfter,
                };
            }
        }
    }

    /// <summary>A device for a job, as soon as one is free.</summary>
    public async Task<Lease> TakeAsync(string job, CancellationToken cancellationToken)
    {
        if (IsCpu)
        {
            return new Lease(this, job, Devices[0]);
        }

        Task<string> device;
        lock (_lock)
        {
            _holders.Add(job);
            var place = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_free.TryPop(out var free))
            {
                place.SetResult(free);
            }
            else
            {
                _waiting.Enqueue(place);
            }

            device = place.Task;
        }

        try
        {
            return new Lease(this, job, await device.WaitAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            _ = ReturnUnusedAsync(job, device);
            throw;
        }
    }

    private async Task ReturnUnusedAsync(string job, Task<string> device) => Return(job, await device);

    private void Return(string job, string device)
    {
        lock (_lock)
        {
            _holders.Remove(job);
            if (_waiting.TryDequeue(out var next))
            {
                next.SetResult(device);
            }
            else
            {
                _free.Push(device);
            }
        }
    }

    /// <summary>A device in a job's hands.</summary>
    public sealed class Lease(DevicePool pool, string job, string device) : IDisposable
    {
        private bool _returned;

        public string Device => device;

        public void Dispose()
        {
            if (!pool.IsCpu && !_returned)
            {
                _returned = true;
                pool.Return(job, device);
            }
        }
    }
}
