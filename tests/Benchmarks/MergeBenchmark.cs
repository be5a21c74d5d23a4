using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Merger.Methods;
using Graft.Merger.Planning;

namespace Graft.Tests.Benchmarks;

/// <summary>base + (FT - PT) over 16 Mi bf16 elements, one core. The limit is memory: three arrays read and one written.</summary>
internal static class MergeBenchmark
{
    private const int Bytes = 32 << 20;

    public static Task RunAsync()
    {
        var random = new Random(3);
        byte[] Weights()
        {
            var bytes = new byte[Bytes];
            random.NextBytes(bytes);
            for (var i = 1; i < bytes.Length; i += 2)
            {
                // Exponents around those of real weights: no infinities, no NaN.
                bytes[i] = (byte)((bytes[i] & 0x81) | 0x3c);
            }

            return bytes;
        }

        var (start, fineTuned, pretrained, result) = (Weights(), Weights(), Weights(), new byte[Bytes]);
        var entry = new TensorEntry("w", DType.BF16, [Bytes / 2], default);
        var tensor = new MergeTensor(entry, [new TensorTerm(0, entry, entry, 1, 1)], entry.Shape, DType.BF16);
        var merge = new SliceMerge(TensorMethod.For(new MergeMethod.Linear(), tensor), tensor, cast: null);
        ReadOnlyMemory<byte>[] slices = [start, fineTuned, pretrained];
        var times = Measurement.Compare(
            2,
            () => merge.Run(0, slices, result),
            () =>
            {
                start.CopyTo(result, 0);
                fineTuned.CopyTo(result, 0);
            });
        var moved = 4.0 * Bytes;
        Measurement.Row("merge, read and written", $"{moved / times[0].TotalSeconds / 1e9:F1} GB/s", $"{Bytes / 2 / times[0].TotalSeconds / 1e9:F2} G elements/s");
        Measurement.Row("copying as much memory (limit)", $"{moved / times[1].TotalSeconds / 1e9:F1} GB/s");
        Measurement.Row("merge / limit", $"{times[0] / times[1]:F2}");
        return Task.CompletedTask;
    }
}
