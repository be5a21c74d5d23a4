using Graft.Evaluator.Tasks;
using Graft.Hosting.Jobs;

namespace Graft.Evaluator.Jobs;

/// <summary>Tells a job's watchers how many requests are done and, from the tokens they cost, how long the rest will take.</summary>
internal sealed class EvaluationProgress
{
    private readonly JobContext _job;
    private readonly int _requests;
    private readonly long _tokens;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly long _tokensBefore;
    private long _requestsDone;
    private long _tokensDone;

    /// <param name="job">The job.</param>
    /// <param name="requests">Requests in all.</param>
    /// <param name="tokens">Tokens in all.</param>
    /// <param name="before">What an earlier attempt has done; it says nothing about how fast this one is.</param>
    /// <param name="time">Clock.</param>
    public EvaluationProgress(JobContext job, int requests, long tokens, WorkDone before, TimeProvider time)
    {
        (_job, _requests, _tokens, _time, _began) = (job, requests, tokens, time, time.GetTimestamp());
        (_requestsDone, _tokensBefore, _tokensDone) = (before.Requests, before.Tokens, before.Tokens);
        job.Report(_requestsDone, requests, "items");
    }

    public void Add(WorkDone done)
    {
        _requestsDone += done.Requests;
        _tokensDone += done.Tokens;
        var elapsed = _time.GetElapsedTime(_began);
        var own = Math.Max(1, _tokensDone - _tokensBefore);
        var remaining = elapsed * ((_tokens - _tokensDone) / (double)own);
        _job.Report(_requestsDone, _requests, "items", remaining, ("tokens_per_second", own / Math.Max(1e-9, elapsed.TotalSeconds)));
    }
}
