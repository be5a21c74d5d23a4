using System.Globalization;

namespace Graft.Tests.Benchmarks;

/// <summary>Peak memory of a process as Linux counts it.</summary>
internal static class ProcessMemory
{
    /// <summary>Begins anew for this process.</summary>
    public static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    /// <summary>Most bytes resident at a time since the last reset; of this process unless another is named.</summary>
    public static long Peak(int? process = null) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process?.ToString(CultureInfo.InvariantCulture) ?? "self"}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
