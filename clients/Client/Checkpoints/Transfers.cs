using Graft.Client.Contents;

namespace Graft.Client.Checkpoints;

/// <summary>How many tensors are on their way at once, and in how much memory.</summary>
internal static class Transfers
{
    /// <summary>Tensors of at most so many bytes are moved as a whole, bigger ones piece by piece in no more memory than that.</summary>
    public const int WholeBytes = ContentPieces.WindowBytes;

    private const int MinDegree = 4;
    private const int MaxDegree = 16;

    /// <summary>One core hashes while others read, encode or wait for the network; the memory is bounded by the budget.</summary>
    public static ParallelOptions Options(CancellationToken cancellationToken) => new()
    {
        MaxDegreeOfParallelism = Math.Clamp(Environment.ProcessorCount, MinDegree, MaxDegree),
        CancellationToken = cancellationToken,
    };

    /// <summary>Waits for the memory of a tensor.</summary>
    public static Task<IDisposable> TakeMemoryAsync(StoreClient store, long size, CancellationToken cancellationToken) =>
        store.Transfers.TakeAsync(Math.Min(size, WholeBytes), cancellationToken);
}
