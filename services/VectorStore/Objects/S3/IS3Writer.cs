namespace Graft.VectorStore.Objects.S3;

/// <summary>Writes that keep writers apart, by names in the bucket.</summary>
internal interface IS3Writer
{
    Task<bool> CreateAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    Task<bool> ReplaceAsync(string name, ReadOnlyMemory<byte> bytes, string version, CancellationToken cancellationToken);

    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
