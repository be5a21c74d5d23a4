using Graft.Artifacts;

namespace Graft.Evaluator.Loading;

/// <summary>Where the bytes of artifacts come from: the store, or a folder in tests.</summary>
internal interface IContentReader
{
    /// <summary>The whole content, verified against its digest.</summary>
    Task<byte[]> ReadAsync(Digest content, long size, CancellationToken cancellationToken);
}
