using Graft.Hosting.Jobs;

namespace Graft.Merger;

/// <summary>Tells a job's watchers how many tensors are done, and from the bytes how long the rest will take.</summary>
internal sealed class TensorProgress(JobContext job, TimeProvider time, int tensors, long bytes)
{
    private readonly long _begin = time.GetTimestamp();
    private int _tensorsDone;
    private long _bytesDone;

    public void Done(long size)
    {
        _tensorsDone++;
        _bytesDone += size;
        var elapsed = time.GetElapsedTime(_begin);
        TimeSpan? remaining = _bytesDone == 0 ? null : elapsed * ((double)(bytes - _bytesDone) / _bytesDone);
        job.Report(_tensorsDone, tensors, "tensors", remaining);
    }
}
