using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using CsCheck;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Graft.Artifacts.Safetensors;
using Graft.Faults;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Delta;

public sealed class ContentCodecTests
{
    [Fact]
    public void Every_chunk_comes_back()
    {
        Chunk.Any(maxLength: 70_000).Sample(
            chunk =>
            {
                var encoded = ContentCodec.Encode(chunk.Raw, chunk.DType, chunk.Parent);

                Assert.Equal(chunk.Raw, Decode(encoded, chunk.Parent, chunk.Raw.Length));
                Assert.InRange(encoded.Length, 0, chunk.Raw.Length + ContentCodec.MaxOverhead);
            },
            iter: 300);
    }

    [Fact]
    public void Weights_come_back()
    {
        var codecs = new ConcurrentDictionary<byte, int>();
        Chunk.Weights(maxLength: 70_000).Sample(
            chunk =>
            {
                var encoded = new byte[chunk.Raw.Length + ContentCodec.MaxOverhead];
                var length = ContentCodec.Encode(chunk.Raw, chunk.DType, chunk.Parent, encoded);

                Assert.Equal(chunk.Raw, Decode(encoded[..length], chunk.Parent, chunk.Raw.Length));
                Assert.Equal(encoded[..length], ContentCodec.Encode(chunk.Raw, chunk.DType, chunk.Parent));
                codecs.AddOrUpdate(encoded[0], 1, (_, count) => count + 1);
            },
            iter: 400);

        Assert.InRange(codecs[(byte)ChunkCodec.Update], 50, 350);
        Assert.InRange(codecs[(byte)ChunkCodec.Exponents], 50, 350);
    }

    [Fact]
    public void A_decoder_written_from_the_readme_agrees()
    {
        var decoded = 0;
        Chunk.Weights(maxLength: 8_000).Sample(
            chunk =>
            {
                var encoded = ContentCodec.Encode(chunk.Raw, chunk.DType, chunk.Parent);
                if ((ChunkCodec)encoded[0] is ChunkCodec.Exponents or ChunkCodec.Update)
                {
                    Assert.Equal(chunk.Raw, ReadmeDecoder.Decode(encoded, chunk.Parent));
                    Interlocked.Increment(ref decoded);
                }
            },
            iter: 80);

        Assert.InRange(decoded, 15, 80);
    }

    [Theory]
    [InlineData(DType.BF16)]
    [InlineData(DType.F16)]
    [InlineData(DType.F32)]
    [InlineData(DType.I16)]
    public void Every_pattern_of_16_bits_comes_back(DType dtype)
    {
        var raw = Patterns(pattern => pattern);
        var parents = new byte[][] { [], Patterns(pattern => (ushort)(pattern ^ 0x8000)), Patterns(pattern => (ushort)(pattern * 31)) };
        foreach (var parent in parents)
        {
            var encoded = ContentCodec.Encode(raw, dtype, parent);

            Assert.Equal(raw, Decode(encoded, parent, raw.Length));
        }
    }

    [Fact]
    public void The_longest_chunk_comes_back()
    {
        var raw = new byte[ContentCodec.MaxChunkSize];
        raw[^1] = 1;
        var parent = new byte[raw.Length];

        var encoded = ContentCodec.Encode(raw, DType.BF16, parent);

        Assert.Equal(raw, Decode(encoded, parent, raw.Length));
        Assert.InRange(encoded.Length, 0, 1000);
    }

    [Fact]
    public void A_chunk_equal_to_its_parent_costs_its_header()
    {
        var raw = Noise(100_000, seed: 1);

        var encoded = ContentCodec.Encode(raw, DType.F32, raw);

        Assert.Equal([(byte)ChunkCodec.Same, 0, 0xa0, 0x86, 0x01, 0x00], encoded);
    }

    [Fact]
    public void Noise_is_kept_raw()
    {
        var raw = Noise(100_000, seed: 2);

        var encoded = ContentCodec.Encode(raw, DType.U8, []);

        Assert.Equal((byte)ChunkCodec.Raw, encoded[0]);
        Assert.Equal(raw.Length + ContentCodec.MaxOverhead, encoded.Length);
        Assert.Equal(raw, encoded[ContentCodec.MaxOverhead..]);
    }

    [Fact]
    public void A_parent_that_does_not_help_is_left_out()
    {
        var raw = Patterns(_ => 0x3f80);
        var parent = Noise(raw.Length, seed: 3);

        var encoded = ContentCodec.Encode(raw, DType.BF16, parent);

        Assert.Equal((byte)ChunkCodec.Planes, encoded[0]);
        Assert.Equal(raw, Decode(encoded, [], raw.Length));
    }

    /// <summary>Chunks as the first release wrote them. What a codec number means never changes, whatever later encoders prefer.</summary>
    [Theory]
    [InlineData("010003000000010203", "", "010203")]
    [InlineData("020004000000", "0a0b0c0d", "0a0b0c0d")]
    public void Released_encodings_without_planes_decode_for_ever(string encoded, string parent, string raw) =>
        Assert.Equal(raw, Convert.ToHexStringLower(Decode(Convert.FromHexString(encoded), Convert.FromHexString(parent), raw.Length / 2)));

    [Fact]
    public void Released_planes_decode_for_ever()
    {
        const string Encoded =
            "0314630000001200000011000000110000001200000028b52ffd20184d00001801000001007e6e0828b52ffd201845000010" +
            "000001000ac00228b52ffd201845000010808001000ac00228b52ffd20184d0000187f7e7e01007e6e08090807";

        var raw = Decode(Convert.FromHexString(Encoded), [], 99);

        Assert.Equal(Enumerable.Range(0, 24).Select(i => i % 3 == 0 ? -1.5f : 0.75f), MemoryMarshal.Cast<byte, float>(raw).ToArray());
        Assert.Equal([9, 8, 7], raw[^3..]);
    }

    [Theory]
    [InlineData(
        "041200010000290000001100000028b52ffd2080050100900001040002040002030103000104040103020500009181f300c270cea7ebe4" +
        "28b52ffd208045000010000001003b0558",
        256)]
    [InlineData(
        "040201010000130000001100000028b52ffd2080550000180002040100dad40d0128b52ffd208045000010000001003b055801",
        257)]
    public void Released_differences_decode_for_ever(string encoded, int length)
    {
        var parent = Enumerable.Range(0, 128).SelectMany(i => BitConverter.GetBytes((ushort)(i * 40503))).Append((byte)0);
        var raw = Enumerable.Range(0, 128).SelectMany(i => BitConverter.GetBytes((ushort)((i * 40503) + (i % 3)))).Append((byte)1);

        Assert.Equal(raw.Take(length), Decode(Convert.FromHexString(encoded), [.. parent.Take(length)], length));
    }

    [Fact]
    public void Lengths_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ContentCodec.Encode(new byte[ContentCodec.MaxChunkSize + 1], null, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => ContentCodec.Encode(new byte[4], null, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Decode([1, 0, 4, 0, 0, 0, 1, 2, 3, 4], new byte[3], 4));
    }

    [Fact]
    public void A_delta_without_its_parent_is_corrupt()
    {
        var raw = Patterns(pattern => pattern);
        foreach (var parent in new[] { raw, Patterns(pattern => (ushort)(pattern + 1)) })
        {
            var encoded = ContentCodec.Encode(raw, DType.I16, parent);

            var fault = Assert.Throws<FaultException>(() => Decode(encoded, [], raw.Length));

            Assert.Equal(FaultKind.Corrupt, fault.Kind);
            Assert.Contains("against a parent", fault.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// Bits per weight, all stored bytes counted, against the entropy of the zigzagged integer difference given the parent's exponent as
    /// the note beside the checkpoints has it, of which 105% are allowed. Lone weights may take what ZipNN takes: 66.3%.
    /// </summary>
    [Theory]
    [InlineData(1, 6.88)]
    [InlineData(5, 6.28)]
    public void A_real_fine_tuning_takes_about_its_entropy(int number, double entropy)
    {
        using var pretrained = SafetensorsFile.Open(Path.Combine(SharedData.Require($"trajectory/M{number}"), "model.safetensors"));
        using var fineTuned = SafetensorsFile.Open(Path.Combine(SharedData.Require($"trajectory/M{number}-FT"), "model.safetensors"));
        var (weights, bytes, bytesAlone) = (0L, 0L, 0L);
        foreach (var (parent, child) in pretrained.Tensors.Zip(fineTuned.Tensors))
        {
            Assert.Equal(parent, child with { Shape = parent.Shape });
            var (parentBytes, childBytes) = (new byte[parent.Size], new byte[child.Size]);
            pretrained.Read(parent, parentBytes);
            fineTuned.Read(child, childBytes);
            weights += childBytes.Length / 2;
            bytes += ContentCodec.Encode(childBytes, child.DType, parentBytes).Length;
            bytesAlone += ContentCodec.Encode(childBytes, child.DType, []).Length;
        }

        var (bits, bitsAlone) = (8.0 * bytes / weights, 8.0 * bytesAlone / weights);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bits:f3} bits per weight of 16 against M{number}, {bitsAlone:f3} alone.");
        Assert.InRange(bits, 0.9 * entropy, 1.05 * entropy);
        Assert.InRange(bitsAlone, 10, 0.663 * 16);
    }

    private static byte[] Decode(byte[] encoded, byte[] parent, int length)
    {
        var raw = new byte[length];
        ContentCodec.Decode(encoded, parent, raw);
        return raw;
    }

    private static byte[] Noise(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Patterns(Func<ushort, ushort> map) =>
        [.. Enumerable.Range(0, 65536).SelectMany(pattern => BitConverter.GetBytes(map((ushort)pattern)))];
}
