using Graft.Artifacts;
using Graft.Merger.Methods;
using Graft.Merger.Planning;

namespace Graft.Merger.Folders;

/// <summary>
/// How long a merge will take at least: a few milliseconds of the same arithmetic on numbers in memory, and of copying memory. What disks
/// add is not known before they are read.
/// </summary>
internal static class SpeedProbe
{
    private const int Elements = 1 << 18;
    private const int Rounds = 3;

    public static TimeSpan Estimate(MergePlan plan, int workers, TimeProvider time)
    {
        var computed = plan.Tensors.Where(tensor => !tensor.IsCopy).ToList();
        var arithmetic = TimeSpan.Zero;
        if (computed.Count > 0)
        {
            var like = computed.MaxBy(tensor => tensor.Elements)!;
            arithmetic = Measure(time, Merge(plan, like)) * ((double)computed.Sum(tensor => tensor.Elements) / Elements);
        }

        var from = new byte[Elements * sizeof(double)];
        var to = new byte[from.Length];
        var copying = Measure(time, () => from.CopyTo(to, 0)) * ((double)(plan.ReadBytes + plan.WriteBytes) / from.Length);
        return (arithmetic + copying) / Math.Min(workers, Environment.ProcessorCount);
    }

    private static Action Merge(MergePlan plan, MergeTensor like)
    {
        // Of the same operands, but of a length that is quickly done. Zeros take as long as other numbers.
        var tensor = like with { Shape = [Elements] };
        ReadOnlyMemory<byte>[] slices = [.. tensor.Reads.Select(entry => (ReadOnlyMemory<byte>)new byte[Elements * entry.DType.Size()])];
        var result = new byte[tensor.Size];
        var merge = new SliceMerge(TensorMethod.For(plan.Settings.Method, tensor), tensor, plan.Settings.Cast);
        return () => merge.Run(0, slices, result);
    }

    private static TimeSpan Measure(TimeProvider time, Action work)
    {
        work();
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var began = time.GetTimestamp();
            work();
            var elapsed = time.GetElapsedTime(began);
            best = elapsed < best ? elapsed : best;
        }

        return best;
    }
}
