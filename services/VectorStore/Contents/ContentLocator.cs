using Graft.Artifacts;
using Graft.VectorStore.Objects;
using Microsoft.Extensions.Options;

namespace Graft.VectorStore.Contents;

/// <summary>Where the chunks of a content lie, for readers that fetch and decode them themselves.</summary>
/// <param name="Content">How it is stored.</param>
/// <param name="Addresses">Presigned addresses of its chunks; none when the objects cannot be reached directly.</param>
/// <param name="Parent">What it is a delta against; null when it is stored whole.</param>
/// <param name="ParentAddresses">Of the parent's chunks.</param>
/// <param name="Expires">When the addresses stop to work.</param>
internal sealed record ContentLocation(
    StoredContent Content, IReadOnlyList<Uri> Addresses, StoredContent? Parent, IReadOnlyList<Uri> ParentAddresses, DateTimeOffset Expires);

/// <summary>Presigned addresses, so that a cluster's readers fetch from the object store and not through this service.</summary>
internal sealed class ContentLocator(
    IObjectStore objects, ContentIndex index, ContentReader reader, TimeProvider time, IOptions<VectorStoreOptions> options)
{
    // The addresses of a longer content (8 GiB) and of its parent would not fit into one message: it is read through the service.
    private const int MaxChunks = 2000;

    /// <summary>Null when the store lacks the content.</summary>
    /// <exception cref="Faults.FaultException">Corrupt: how it is stored cannot be read, or its parent is missing.</exception>
    public async Task<ContentLocation?> LocateAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await index.FindAsync(digest, cancellationToken) is not { } content)
        {
            return null;
        }

        var parent = await reader.FindParentAsync(content, cancellationToken);
        var expires = time.GetUtcNow() + options.Value.AddressLifetime;
        var addresses = await PresignAsync(content, cancellationToken);
        var parents = parent is null || addresses.Count == 0 ? [] : await PresignAsync(parent, cancellationToken);
        return new ContentLocation(content, addresses, parent, parents, expires);
    }

    private async Task<IReadOnlyList<Uri>> PresignAsync(StoredContent content, CancellationToken cancellationToken)
    {
        if (content.Chunks.Count > MaxChunks)
        {
            return [];
        }

        List<Uri> addresses = [];
        foreach (var chunk in content.Chunks)
        {
            if (await objects.PresignAsync(BlobStore.KeyOf(chunk.Blob), options.Value.AddressLifetime, cancellationToken) is not { } address)
            {
                return [];
            }

            addresses.Add(address);
        }

        return addresses;
    }
}
