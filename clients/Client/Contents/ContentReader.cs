using Graft.Artifacts;
using Graft.Client.Contents.Direct;
using Graft.Client.Contents.Disk;
using Graft.Faults;

namespace Graft.Client.Contents;

/// <summary>Reads contents the nearest way: from this machine's disk, from the objects themselves, through the service.</summary>
/// <param name="download">Through the service.</param>
/// <param name="disk">Null for no cache on disk.</param>
/// <param name="direct">Null for no direct reads.</param>
internal sealed class ContentReader(ContentDownload download, DiskCache? disk, DirectDownload? direct)
{
    // Below, one answer of the service is there sooner than it could say where to go.
    private const int DirectFrom = 1 << 20;

    /// <summary>Fills <paramref name="destination"/>, all of the content, and checks it; damaged bytes are fetched once more.</summary>
    /// <exception cref="FaultException">NotFound; Corrupt: the bytes do not match the digest, twice.</exception>
    public async Task ReadWholeAsync(Digest content, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (disk is not null && await disk.TryReadAsync(content, destination, cancellationToken))
        {
            ReadBytes.FromDisk(destination.Length);
            return;
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            // The second time through the service, which checks what it sends.
            if (attempt > 0 || !await TryReadDirectlyAsync(content, 0, destination, isWhole: true, cancellationToken))
            {
                await download.ReadWholeAsync(content, destination, cancellationToken);
                ReadBytes.FromService(destination.Length);
            }

            if (Digest.Of(destination.Span) == content)
            {
                if (disk is not null)
                {
                    await disk.AddAsync(content, destination, cancellationToken);
                }

                return;
            }
        }

        throw FaultException.Corrupt(
            $"The bytes received for the content {content} do not match its digest, twice; check the store and the network between.");
    }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on; checked chunk by chunk, where it comes from.</summary>
    /// <exception cref="FaultException">NotFound; Invalid: beyond the end of the content; Corrupt.</exception>
    public async Task ReadRangeAsync(Digest content, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (disk is not null && await disk.TryReadAsync(content, offset, destination, cancellationToken))
        {
            ReadBytes.FromDisk(destination.Length);
        }
        else if (!await TryReadDirectlyAsync(content, offset, destination, isWhole: false, cancellationToken))
        {
            await download.ReadRangeAsync(content, offset, destination, cancellationToken);
            ReadBytes.FromService(destination.Length);
        }
    }

    /// <summary>Begins to keep a content on disk that is read range by range; null where it is not to be kept.</summary>
    public async Task<CacheEntry?> BeginKeepingAsync(Digest content, long size, CancellationToken cancellationToken) =>
        disk is null ? null : await disk.BeginAsync(content, size, cancellationToken);

    private async Task<bool> TryReadDirectlyAsync(
        Digest content, long offset, Memory<byte> destination, bool isWhole, CancellationToken cancellationToken)
    {
        var fromService = 0L;
        if (direct is null
            || destination.Length < DirectFrom
            || !await direct.TryReadAsync(content, offset, destination, isWhole, FallBackAsync, cancellationToken))
        {
            return false;
        }

        ReadBytes.Directly(destination.Length - fromService);
        ReadBytes.FromService(fromService);
        return true;

        // Chunks that could not be had directly, several at a time.
        async Task FallBackAsync(long from, Memory<byte> part, CancellationToken token)
        {
            await download.ReadRangeAsync(content, from, part, token);
            Interlocked.Add(ref fromService, part.Length);
        }
    }
}
