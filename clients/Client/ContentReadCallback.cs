namespace Graft.Client;

/// <summary>Fills a buffer with the bytes of a content from an offset on. Asked again for what was lost on the way to the store.</summary>
/// <param name="offset">First byte.</param>
/// <param name="destination">To be filled to its end, which does not go beyond the content.</param>
/// <param name="cancellationToken">Gives up.</param>
public delegate Task ContentReadCallback(long offset, Memory<byte> destination, CancellationToken cancellationToken);
