using Grpc.Core;

namespace Graft.Hosting.Faults;

/// <summary>A caller's stream, whose breaking off is a cancellation: Kestrel tells it as an IOException, like a bad disk.</summary>
internal sealed class CallerStream<T>(IAsyncStreamReader<T> stream) : IAsyncStreamReader<T>
{
    public T Current => stream.Current;

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken);
        }
        catch (IOException exception)
        {
            throw new OperationCanceledException("The caller broke off.", exception);
        }
    }
}
