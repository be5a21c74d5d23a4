using Graft.Artifacts;
using Graft.Evaluator.Loading;

namespace Graft.Tests.Unit.Evaluator;

/// <summary>Contents by digest, in memory; counts what is read.</summary>
internal sealed class MemoryContents : IContentReader
{
    private readonly Dictionary<Digest, byte[]> _contents = [];

    public List<Digest> Read { get; } = [];

    public FileEntry AddFile(string path, byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        _contents[digest] = bytes;
        return new FileEntry(path, bytes.Length, digest);
    }

    public TensorEntry AddTensor(string name, DType dtype, IReadOnlyList<long> shape, byte[] bytes)
    {
        var digest = Digest.Of(bytes);
        _contents[digest] = bytes;
        return new TensorEntry(name, dtype, shape, digest);
    }

    public Task<byte[]> ReadAsync(Digest content, long size, CancellationToken cancellationToken)
    {
        Read.Add(content);
        return Task.FromResult(_contents[content]);
    }
}
