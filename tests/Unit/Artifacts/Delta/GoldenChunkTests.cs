using System.Diagnostics;
using System.Security.Cryptography;
using Graft.Artifacts;
using Graft.Artifacts.Delta;
using Xunit;

namespace Graft.Tests.Unit.Artifacts.Delta;

/// <summary>
/// Chunks as released encoders wrote them, in the folder Golden. They decode for ever. Codecs 1 to 4 are in <see cref="ContentCodecTests"/>.
/// </summary>
public sealed class GoldenChunkTests
{
    /// <summary>File, codec, type, elements, low zero bits, bytes behind the last element.</summary>
    public static TheoryData<string, ChunkCodec, DType, int, int, int> Chunks => new()
    {
        { "update-bf16", ChunkCodec.Update, DType.BF16, 600, 0, 0 },
        { "update-bf16-odd", ChunkCodec.Update, DType.BF16, 257, 0, 1 },
        { "update-fp16", ChunkCodec.Update, DType.F16, 300, 0, 0 },
        { "update-fp32", ChunkCodec.Update, DType.F32, 300, 0, 3 },
        { "update-fp32-halves", ChunkCodec.Update, DType.F32, 500, 16, 2 },
        { "update-fp32-dropped", ChunkCodec.Update, DType.F32, 300, 13, 0 },
        { "exponents-bf16", ChunkCodec.Exponents, DType.BF16, 900, 0, 1 },
        { "exponents-fp16", ChunkCodec.Exponents, DType.F16, 300, 0, 0 },
        { "exponents-fp32", ChunkCodec.Exponents, DType.F32, 800, 0, 0 },
        { "exponents-fp32-halves", ChunkCodec.Exponents, DType.F32, 900, 20, 0 },
        { "exponents-fp32-dropped", ChunkCodec.Exponents, DType.F32, 300, 10, 1 },
    };

    [Theory]
    [MemberData(nameof(Chunks))]
    public void Released_chunks_decode_for_ever(string file, ChunkCodec codec, DType dtype, int elements, int zeroBits, int rest)
    {
        var encoded = Read(file);
        var (parent, child) = GoldenWeights.Make(dtype, elements, zeroBits, rest);
        var decoded = new byte[child.Length];

        ContentCodec.Decode(encoded, codec == ChunkCodec.Update ? parent : [], decoded);

        Assert.Equal((byte)codec, encoded[0]);
        Assert.Equal(child, decoded);
    }

    /// <summary>
    /// What the encoder writes today, in digests, whatever the machine. A better encoder changes them, and then so may this test; what the
    /// files above hold may never change.
    /// </summary>
    [Theory]
    [InlineData(DType.BF16, 0, "12d39bed54db5bae")]
    [InlineData(DType.F16, 0, "0239ae8959f4169e")]
    [InlineData(DType.F32, 0, "7530894895f5f03b")]
    [InlineData(DType.F32, 9, "1cc3e09dc3d9d50f")]
    [InlineData(DType.F32, 16, "6431ebb2f606cc1d")]
    public void Equal_chunks_are_encoded_in_equal_bytes(DType dtype, int zeroBits, string digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var elements in new[] { 1, 127, 1000, 4097, 66_000 })
        {
            var (parent, child) = GoldenWeights.Make(dtype, elements, zeroBits, 0);
            foreach (var from in new[] { parent, [] })
            {
                var encoded = ContentCodec.Encode(child, dtype, from);
                hash.AppendData((ChunkCodec)encoded[0] is ChunkCodec.Update or ChunkCodec.Exponents ? encoded : [encoded[0]]);
            }
        }

        Assert.Equal(digest, Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8)));
    }

    internal static byte[] Read(string file) =>
        File.ReadAllBytes(Path.Combine(SharedData.Repository, "tests/Unit/Artifacts/Delta/Golden", $"{file}.bin"));

    [Fact]
    public async Task Machines_without_vector_instructions_read_and_write_the_same()
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var method in new[] { nameof(Released_chunks_decode_for_ever), nameof(Equal_chunks_are_encoded_in_equal_bytes) })
        {
            start.ArgumentList.Clear();
            start.ArgumentList.Add(typeof(GoldenChunkTests).Assembly.Location);
            start.ArgumentList.Add("-method");
            start.ArgumentList.Add($"{typeof(GoldenChunkTests).FullName}.{method}");
            start.Environment["DOTNET_EnableHWIntrinsic"] = "0";
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.Contains("Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
            Assert.DoesNotContain("Total: 0", output, StringComparison.Ordinal);
            Assert.Equal(0, process.ExitCode);
        }
    }
}
