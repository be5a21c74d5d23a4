using System.Runtime.CompilerServices;

namespace Graft.VectorStore.Contents;

/// <summary>Work on a sequence that is begun before its consumer asks for it; the outcomes come in order.</summary>
internal static class ReadAhead
{
    /// <param name="first">First position.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="depth">Outcomes that are being worked on, or wait, at once, besides the one the consumer has.</param>
    /// <param name="begin">Works on one position, on a thread of the pool.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Outcomes, the consumer's to dispose of; those it does not come to are disposed of here.</returns>
    public static async IAsyncEnumerable<T> InOrderAsync<T>(
        int first, int end, int depth, Func<int, CancellationToken, Task<T>> begin, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : IDisposable
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = new Queue<Task<T>>();
        try
        {
            for (var next = first; next < end || running.Count > 0;)
            {
                for (; next < end && running.Count < depth; next++)
                {
                    var position = next;
                    running.Enqueue(Task.Run(() => begin(position, stop.Token), stop.Token));
                }

                yield return await running.Dequeue();
            }
        }
        finally
        {
            await stop.CancelAsync();
            foreach (var task in running)
            {
                await ((Task)task).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (task.IsCompletedSuccessfully)
                {
                    (await task).Dispose();
                }
            }
        }
    }
}
