namespace Graft.VectorStore.Objects;

/// <summary>Many small questions to the object store.</summary>
internal static class Batch
{
    // In flight at once: hides the distance of a store that answers over a network.
    private const int Parallelism = 16;

    public static async Task ForEachAsync(int count, Func<int, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, count, options, (i, token) => new ValueTask(body(i, token)));
    }
}
