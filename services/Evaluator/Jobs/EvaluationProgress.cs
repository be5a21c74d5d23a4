using Graft.Hosting.Jobs;

namespace Graft.Evaluator.Jobs;

/// <summary>Tells a job's watchers how many requests are done and, from the tokens they cost, how long the rest will take.</summary>
internal sealed class EvaluationProgress(JobContext job, int requests, long tokens, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private long _requestsDone;
    private long _tokensDone;

    public void Add(int batchRequests, long batchTokens)
    {
        _requestsDone += batchRequests;
        _tokensDone += batchTokens;
        var elapsed = time.GetElapsedTime(_began);
        var remaining = elapsed * ((tokens - _tokensDone) / (double)_tokensDone);
        job.Report(_requestsDone, requests, "items", remaining, ("tokens_per_second", _tokensDone / Math.Max(1e-9, elapsed.TotalSeconds)));
    }
}
