using Graft.Artifacts;
using Graft.Client;

namespace Graft.Cli.Runs;

/// <summary>Copies artifacts from one store to another, with what they are bound to; what is there already is not sent again.</summary>
internal static class ArtifactCopy
{
    // Above that, a file goes piece by piece, as tensors do.
    private const long LargeFile = 64L << 20;

    public static async Task CopyAsync(StoreClient from, StoreClient to, Digest artifact, CancellationToken cancellationToken)
    {
        var manifest = (await from.GetArtifactAsync(artifact.ToString(), cancellationToken)).Manifest;
        if (manifest.DiffVector is { } vector)
        {
            await CopyAsync(from, to, vector.FineTuned, cancellationToken);
            await CopyAsync(from, to, vector.Pretrained, cancellationToken);
        }

        foreach (var tensor in manifest.Tensors)
        {
            await CopyAsync(from, to, tensor, cancellationToken);
        }

        foreach (var file in manifest.Files)
        {
            if (file.Size > LargeFile)
            {
                // A content is its bytes: a large file travels as a tensor of bytes.
                await CopyAsync(from, to, new TensorEntry(file.Path, DType.U8, [file.Size], file.Sha256), cancellationToken);
            }
            else
            {
                await to.WriteFileAsync(file.Path, await from.ReadAsync(file.Sha256, file.Size, cancellationToken), cancellationToken);
            }
        }

        await to.PutArtifactAsync(manifest, name: null, cancellationToken);
    }

    private static Task<TensorEntry> CopyAsync(StoreClient from, StoreClient to, TensorEntry tensor, CancellationToken cancellationToken) => to.WriteTensorAsync(
        tensor.Name,
        tensor.DType,
        tensor.Shape,
        tensor.Sha256,
        (offset, destination, token) => from.ReadAsync(tensor.Sha256, offset, destination, token),
        parent: null,
        cancellationToken);
}
