using CsCheck;
using Graft.Artifacts;
using Graft.Faults;
using Graft.VectorStore.Contents;
using Graft.VectorStore.Rpc;
using Xunit;

namespace Graft.Tests.Unit.VectorStore;

public sealed class StoredContentCodecTests
{
    private const int Chunk = 4 << 20;
    private const string Key = "contents/x";

    private static readonly Digest _digest = Digest.Of([1]);

    [Fact]
    public void A_record_comes_back_as_it_was()
    {
        var content = new StoredContent(Chunk + 5, DType.BF16, _digest, [new(_digest, Chunk, 100), new(Digest.Of([2]), 5, 11)]);

        var decoded = StoredContentCodec.Decode(StoredContentCodec.Encode(content), isWhole: true, Key);

        Assert.Equal((content.Size, content.DType, content.Parent), (decoded.Size, decoded.DType, decoded.Parent));
        Assert.Equal(content.Chunks, decoded.Chunks);
        Assert.Equal(111, decoded.StoredSize);
    }

    [Fact]
    public void The_empty_content_has_no_chunks_and_no_other_has_none()
    {
        Assert.Empty(StoredContentCodec.Decode([], isWhole: true, $"contents/{Digest.Of([])}").Chunks);
        Corrupt([], isWhole: true);
    }

    [Theory]
    [InlineData(10, 9)]
    [InlineData(10, 11)]
    [InlineData(10, 0)]
    [InlineData(10, -1)]
    [InlineData(Chunk + 1, Chunk + 1)]
    [InlineData(10, 5, 5)]
    [InlineData(Chunk + 1, Chunk)]
    [InlineData(-1, 1)]
    public void Chunks_that_do_not_make_up_the_content_are_damage(long size, params int[] chunks) =>
        Corrupt(StoredContentCodec.Encode(new(size, null, null, [.. chunks.Select(length => new StoredChunk(_digest, length, 1))])), isWhole: true);

    [Fact]
    public void An_upload_has_the_first_chunks_only()
    {
        var bytes = StoredContentCodec.Encode(new(Chunk + 1, null, null, [new(_digest, Chunk, 1)]));

        Assert.Single(StoredContentCodec.Decode(bytes, isWhole: false, Key).Chunks);
        Corrupt(bytes, isWhole: true);
    }

    [Fact]
    public void Anything_else_is_damage_and_never_another_fault() =>
        Gen.Byte.Array[1, 200].Sample(
            bytes =>
            {
                try
                {
                    StoredContentCodec.Decode(bytes, isWhole: true, Key);
                }
                catch (FaultException fault)
                {
                    Assert.Equal(FaultKind.Corrupt, fault.Kind);
                    Assert.Contains(Key, fault.Message, StringComparison.Ordinal);
                }
            },
            iter: 20_000);

    private static void Corrupt(byte[] bytes, bool isWhole)
    {
        var fault = Assert.Throws<FaultException>(() => StoredContentCodec.Decode(bytes, isWhole, Key));
        Assert.Equal(FaultKind.Corrupt, fault.Kind);
    }
}
