using Graft.Artifacts;
using Graft.Client;

namespace Graft.Evaluator.Loading;

internal sealed class StoreContentReader(StoreClient store) : IContentReader
{
    public Task<byte[]> ReadAsync(Digest content, long size, CancellationToken cancellationToken) =>
        store.ReadAsync(content, size, cancellationToken);
}
