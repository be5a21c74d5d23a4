namespace Graft.Hosting.Jobs;

/// <summary>
/// A thread of its own for one piece of asynchronous work: a synchronization context whose posted callbacks are run, in order, by the
/// thread that started the work. Torch keeps thread counts per thread, and hours of matrix products would starve the thread pool.
/// </summary>
internal sealed class JobThread : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = [];
    private bool _completed;

    private JobThread()
    {
    }

    /// <summary>Starts the work on a new background thread.</summary>
    /// <param name="name">Name of the thread, for debuggers and dumps.</param>
    /// <param name="body">The work; the flow of the caller's execution context (its trace, its HTTP request) stays behind.</param>
    /// <returns>Completes as the work does: with its exception, or cancelled.</returns>
    public static Task RunAsync(string name, Func<Task> body)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => new JobThread().Pump(body, done)) { Name = name, IsBackground = true };
        thread.UnsafeStart();
        return done.Task;
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_queue)
        {
            if (!_completed)
            {
                _queue.Enqueue((d, state));
                Monitor.Pulse(_queue);
                return;
            }
        }

        // The work is over and its thread gone; what was left behind (a progress callback, the loser of a WhenAny) still has to run.
        ThreadPool.UnsafeQueueUserWorkItem(static item => item.d(item.state), (d, state), preferLocal: false);
    }

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new NotSupportedException("Waiting for a job's thread from outside invites deadlock; post instead.");

    public override SynchronizationContext CreateCopy() => this;

    private void Pump(Func<Task> body, TaskCompletionSource done)
    {
        SetSynchronizationContext(this);
        var task = GuardAsync(body);
        _ = task.ContinueWith(
            _ => Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        while (TryTake(out var item))
        {
            item.Callback(item.State);
        }

        done.SetFromTask(task);
    }

    // Makes an exception of the synchronous part an exception of the task.
    private static async Task GuardAsync(Func<Task> body) => await body();

    private void Complete()
    {
        lock (_queue)
        {
            _completed = true;
            Monitor.Pulse(_queue);
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) item)
    {
        lock (_queue)
        {
            while (_queue.Count == 0 && !_completed)
            {
                Monitor.Wait(_queue);
            }

            return _queue.TryDequeue(out item);
        }
    }
}
