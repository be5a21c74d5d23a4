namespace Graft.Hosting.Jobs;

/// <summary>
/// A job to be run. <paramref name="RunAsync"/> runs from its first to its last line on one thread made for it: what follows an
/// <c>await</c> comes back to that thread, so long synchronous work (torch, whose thread counts are per thread) never lands on the
/// thread pool. Hence two rules for job code: await, never block on a task that needs this thread to finish (a sure deadlock), and
/// no <c>ConfigureAwait(false)</c> (it leaves the thread).
/// </summary>
/// <param name="Id">Digest of the recipe.</param>
/// <param name="Kind">"train", "extract", "merge" or "evaluate".</param>
/// <param name="RunAsync">
/// The work. It succeeded when it returns, was cancelled when it throws <see cref="OperationCanceledException"/> after its token was
/// cancelled, and failed when it throws anything else.
/// </param>
public sealed record JobRequest(string Id, string Kind, Func<JobContext, CancellationToken, Task> RunAsync);
