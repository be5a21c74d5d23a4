using Graft.Artifacts;
using Graft.Artifacts.Rpc;
using Graft.VectorStore;
using Graft.VectorStore.Collecting;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Manifests;
using Graft.VectorStore.Names;
using Graft.VectorStore.Objects;
using Graft.VectorStore.Results;
using Graft.VectorStore.Verifying;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Graft.Tests.Services.VectorStore;

/// <summary>The store without its protocol, on any objects and any clock: one process of perhaps several on the same objects.</summary>
internal sealed class StoreProcess : IDisposable
{
    private readonly ChunkSlots _slots = new();
    private readonly BlobStore _blobs;

    public StoreProcess(IObjectStore objects, TimeProvider time)
    {
        Objects = objects;
        var options = Options.Create(new VectorStoreOptions());
        var states = new CollectionStates(objects);
        var holds = new Holds(objects, states, time, options);
        _blobs = new BlobStore(objects, holds, NullLogger<BlobStore>.Instance);
        Contents = new ContentIndex(objects, holds, time, NullLogger<ContentIndex>.Instance);
        Reader = new ContentReader(Contents, _blobs);
        Uploads = new UploadProgress(objects, Contents, holds);
        Writer = new ContentWriter(objects, Contents, Reader, _blobs, Uploads, _slots, holds, time);
        Manifests = new ManifestStore(objects, Contents, holds, time);
        Names = new NameStore(objects, Manifests, holds);
        Results = new ResultStore(objects, Manifests, holds, NullLogger<ResultStore>.Instance);
        Parts = new StoreParts(objects, Contents, Manifests, Names, Results);
        Verification = new Verification(Parts, _blobs);
        Collector = new GarbageCollector(Parts, states, time, options, NullLogger<GarbageCollector>.Instance);
    }

    public IObjectStore Objects { get; }

    public ContentIndex Contents { get; }

    public ContentReader Reader { get; }

    public UploadProgress Uploads { get; }

    public ContentWriter Writer { get; }

    public ManifestStore Manifests { get; }

    public NameStore Names { get; }

    public ResultStore Results { get; }

    public StoreParts Parts { get; }

    public Verification Verification { get; }

    public GarbageCollector Collector { get; }

    private static CancellationToken Token => Xunit.TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _blobs.Dispose();
        _slots.Dispose();
    }

    public async Task<Digest> WriteAsync(byte[] bytes, DType? dtype = null, Digest? parent = null)
    {
        var digest = Digest.Of(bytes);
        await Writer.WriteAsync(new ContentHeader(digest, bytes.Length, 0, dtype, parent), PiecesOf(bytes), Token);
        return digest;

        static async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesOf(byte[] bytes)
        {
            await Task.CompletedTask;
            foreach (var part in bytes.Chunk(1 << 20))
            {
                yield return part;
            }
        }
    }

    public async Task<byte[]> ReadAsync(Digest digest)
    {
        List<byte> bytes = [];
        await foreach (var piece in Reader.ReadAsync(digest, 0, 0, Token))
        {
            bytes.AddRange(piece.Span);
        }

        return [.. bytes];
    }

    /// <summary>The digest the artifact of these files has or will have.</summary>
    public static Manifest FilesOf(ArtifactKind kind, params byte[][] files) => new(kind)
    {
        Files = [.. files.Select((bytes, i) => new FileEntry($"{i}", bytes.Length, Digest.Of(bytes)))],
    };

    public static Digest DigestOf(Manifest manifest) => ManifestCodec.DigestOf(manifest);

    public async Task<Digest> PutAsync(ArtifactKind kind, params byte[][] files)
    {
        foreach (var bytes in files)
        {
            await WriteAsync(bytes);
        }

        return await Manifests.PutAsync(FilesOf(kind, files), Token);
    }

    public Task<Digest> PutVectorAsync(Digest fineTuned, Digest pretrained) => Manifests.PutAsync(
        new Manifest(ArtifactKind.DiffVector) { DiffVector = new DiffVector(fineTuned, pretrained, []) }, Token);

    public Task<IReadOnlyList<CollectedObjects>> CollectAsync(TimeSpan? grace = null, TimeSpan? forget = null, bool isDryRun = false) =>
        Collector.CollectAsync(new CollectionPlan(isDryRun, grace ?? TimeSpan.FromHours(24), forget), _ => Task.CompletedTask, Token);

    public async Task<IReadOnlyList<string>> KeysAsync(params string[] kinds)
    {
        List<string> keys = [];
        foreach (var kind in kinds.Length > 0 ? kinds : Garbage.Kinds)
        {
            await foreach (var key in Objects.ListAsync($"{kind}/", null, Token))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    public async Task<IReadOnlyList<Damage>> DamagesAsync()
    {
        List<Damage> damages = [];
        await foreach (var progress in Verification.RunAsync(null, Token))
        {
            damages.AddRange(progress.Damages);
        }

        return damages;
    }
}
