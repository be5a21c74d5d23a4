using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Artifacts.Delta.Entropy;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>Damaged and made-up chunks end in a clean fault or, since digests are the business of the callers, in other bytes.</summary>
public sealed class HostileChunkTests
{
    private const int Margin = 64;

    private const byte Canary = 0xc5;

    [Fact]
    public void A_damaged_chunk_is_corrupt_or_has_other_content()
    {
        var damage = Gen.Select(Gen.Int[0, 4], Gen.Int[0, int.MaxValue - 1], Gen.Byte).List[1, 4];
        Gen.Select(Gen.OneOf(Chunk.Any(maxLength: 20_000), Chunk.Weights(maxLength: 20_000)), damage).Sample(
            (chunk, damages) =>
            {
                var encoded = ContentCodec.Encode(chunk.Raw, chunk.DType, chunk.Parent);
                foreach (var (how, where, value) in damages)
                {
                    encoded = Damage(encoded, how, where, value);
                }

                DecodeWithin(encoded, chunk.Parent, chunk.Raw.Length);
                DecodeWithin(encoded, [], chunk.Raw.Length);
            },
            iter: 2000);
    }

    [Fact]
    public void Made_up_bodies_are_corrupt_or_have_some_content()
    {
        var kinds = Gen.OneOf(new byte[] { 0, 0x01, 0x02, 0x04, 0x08, 0x12, 0x14, 0x18, 0x11, 0x1f, 0xff }.Select(Gen.Const).ToArray());
        Gen.Select(Gen.Byte[0, 8], kinds, Gen.Byte.Array[0, 300], Gen.Int[0, 100], Gen.Bool).Sample(
            (codec, kind, body, length, hasParent) =>
            {
                DecodeWithin([codec, kind, (byte)length, 0, 0, 0, .. body], hasParent ? new byte[length] : [], length);
            },
            iter: 5000);
    }

    /// <summary>Models that pass all checks are rare among made-up bytes: here only what follows the first bits is made up.</summary>
    [Fact]
    public void Made_up_models_and_streams_are_corrupt_or_have_some_content()
    {
        var models = Gen.Select(Gen.OneOf(Gen.Const((2, 7u)), Gen.Const((2, 10u)), Gen.Const((4, 23u))), Gen.UInt[0, 21], Gen.UInt[8, 12], Gen.Bool, Gen.UInt[0, 200], Gen.ULong);
        Gen.Select(models, Gen.Int[0, 40], Gen.Byte.Array[0, 900], Gen.Int[0, 900], Gen.Bool).Sample(
            (model, sparse, rest, length, hasParent) =>
            {
                var ((width, mantissa), dropped, log, hasClasses, origin, steps) = model;
                var head = new byte[16];
                var writer = new BitWriter(head);
                writer.Write(mantissa, 5);
                writer.Write(sparse % 2 == 0 ? 0 : dropped, 5);
                writer.Write(log, 4);
                writer.Write(hasClasses ? 1u : 0, 1);
                writer.Write(origin, 16);
                steps = sparse > 30 ? steps : (steps & (steps >> sparse) & (steps >> (2 * sparse)) & (steps << sparse)) & ~1ul;
                writer.Write((uint)steps, 32);
                writer.Write((uint)(steps >> 32), 32);
                writer.Align();
                var codec = hasParent ? ChunkCodec.Update : ChunkCodec.Exponents;
                byte[] encoded = [(byte)codec, (byte)(0x10 + width), (byte)length, (byte)(length >> 8), 0, 0, .. head[..writer.Length], .. rest];
                DecodeWithin(encoded, hasParent ? new byte[length] : [], length);
            },
            iter: 20_000);
    }

    [Theory]
    [MemberData(nameof(GoldenChunkTests.Chunks), MemberType = typeof(GoldenChunkTests))]
    public void Every_truncation_and_every_flipped_bit_is_corrupt_or_has_other_content(
        string file, ChunkCodec codec, DType dtype, int elements, int zeroBits, int rest)
    {
        var encoded = GoldenChunkTests.Read(file);
        var (parent, child) = GoldenWeights.Make(dtype, elements, zeroBits, rest);
        parent = codec == ChunkCodec.Update ? parent : [];
        for (var length = 0; length < encoded.Length; length++)
        {
            DecodeWithin(encoded[..length], parent, child.Length);
        }

        for (var bit = 0; bit < 8 * encoded.Length; bit++)
        {
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
            DecodeWithin(encoded, parent, child.Length);
            encoded[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_frame_that_promises_a_terabyte_is_corrupt()
    {
        // Magic; descriptor: 8-byte content size and a window of its own; window of 2^41; size 2^40; last block, run-length, 2^17 zeros.
        byte[] frame = [0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0xf8, 0, 0, 0, 0, 0, 1, 0, 0, 0x03, 0x00, 0x10, 0x00];
        byte[] encoded = [(byte)ChunkCodec.Planes, 0x01, 100, 0, 0, 0, (byte)frame.Length, 0, 0, 0, .. frame];

        Assert.True(DecodeWithin(encoded, [], 100));
    }

    [Theory]
    [InlineData("", "header")]
    [InlineData("0100040000", "header")]
    [InlineData("000004000000" + "01020304", "codec 0")]
    [InlineData("630004000000" + "01020304", "codec 99")]
    [InlineData("010004000000" + "010203", "3 bytes follow")]
    [InlineData("010004000000" + "0102030405", "5 bytes follow")]
    [InlineData("010104000000" + "01020304", "element kind 1")]
    [InlineData("030304000000" + "01020304", "element kind 3")]
    [InlineData("010005000000" + "0102030405", "says it holds 5 bytes; 4 are expected")]
    [InlineData("0100ffffffff" + "01020304", "says it holds 4294967295 bytes")]
    [InlineData("020004000000" + "01", "1 bytes follow")]
    [InlineData("030204000000" + "01000000", "its 2 planes need more")]
    [InlineData("030104000000" + "ffffffff" + "01020304", "Plane 0 of the chunk says it has 4294967295 bytes; 4 are left")]
    [InlineData("030104000000" + "04000000" + "01020304", "Plane 0 of the chunk is no zstd frame")]
    [InlineData("050204000000" + "01020304", "element kind 2")]
    [InlineData("051804000000" + "01020304", "element kind 24")]
    [InlineData("051204000000" + "0102030405", "has 5 bytes behind its header; 0 to 4 are possible")]
    [InlineData("051204000000" + "07240000", "ends within its model")]
    public void What_is_wrong_is_said(string encoded, string message)
    {
        var fault = Assert.Throws<FaultException>(() => ContentCodec.Decode(Convert.FromHexString(encoded), new byte[4], new byte[4]));

        Assert.Equal(FaultKind.Corrupt, fault.Kind);
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    private static byte[] Damage(byte[] encoded, int how, int where, byte value)
    {
        var at = encoded.Length == 0 ? 0 : where % encoded.Length;
        switch (how)
        {
            case 0:
                return encoded[..at];
            case 1:
                return [.. encoded, value];
            case 2:
                return [.. encoded[..at], value, .. encoded[at..]];
            default:
                // Early bytes hold the header, the lengths of the planes and the tables of zstd: damage them more often.
                at = how == 3 ? at : at % 40;
                byte[] damaged = [.. encoded];
                if (at < damaged.Length)
                {
                    damaged[at] = value;
                }

                return damaged;
        }
    }

    /// <summary>Decodes into the middle of a buffer and checks that nothing around it is written and only the one kind of fault comes.</summary>
    /// <returns>Whether the chunk is corrupt.</returns>
    private static bool DecodeWithin(byte[] encoded, byte[] parent, int length)
    {
        var buffer = new byte[Margin + length + Margin];
        buffer.AsSpan().Fill(Canary);
        var isCorrupt = false;
        try
        {
            ContentCodec.Decode(encoded, parent, buffer.AsSpan(Margin, length));
        }
        catch (FaultException fault) when (fault.Kind == FaultKind.Corrupt)
        {
            isCorrupt = true;
        }

        Assert.Equal(-1, buffer.AsSpan(0, Margin).IndexOfAnyExcept(Canary));
        Assert.Equal(-1, buffer.AsSpan(Margin + length).IndexOfAnyExcept(Canary));
        return isCorrupt;
    }
}
