using System.Security.Cryptography;
using System.Text;
using Graft.Artifacts;
using Graft.Client;
using Graft.Faults;

namespace Graft.Cli.Commands;

/// <summary>
/// Digest of a checkpoint's weights that any tool can compute: SHA-256 over the tensors in ordinal order of their names, each the
/// name in UTF-8 and then its raw little-endian bytes.
/// </summary>
internal static class WeightDigest
{
    private const int PieceBytes = 4 << 20;

    /// <exception cref="FaultException">Invalid: not a checkpoint. Corrupt: stored bytes are damaged.</exception>
    public static async Task<string> ComputeAsync(StoreClient store, Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Kind != ArtifactKind.Checkpoint)
        {
            throw FaultException.Invalid($"--weights is for checkpoints; this is a {manifest.Kind}.");
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var tensor in manifest.Tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(tensor.Name));
            for (long offset = 0; offset < tensor.Size; offset += PieceBytes)
            {
                var piece = new byte[Math.Min(PieceBytes, tensor.Size - offset)];
                await store.ReadAsync(tensor.Sha256, offset, piece, cancellationToken);
                hash.AppendData(piece);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
