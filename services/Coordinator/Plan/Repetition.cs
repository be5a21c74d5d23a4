using System.Globalization;

namespace Graft.Coordinator.Plan;

/// <summary>One of the spec's seeds: all trainings with the fine-tuning recipe are done once for each.</summary>
/// <param name="Offset">Added to the seed of each training.</param>
/// <param name="Seed">As cells tell it; null where there is one seed.</param>
/// <param name="Prefix">Stands before names; empty where there is one seed.</param>
internal readonly record struct Repetition(ulong Offset, ulong? Seed, string Prefix)
{
    /// <summary>For models without a training of the run behind them.</summary>
    public static Repetition None { get; } = new(0, null, "");

    public static IReadOnlyList<Repetition> Of(IReadOnlyList<ulong> seeds) => seeds.Count == 1
        ? [new Repetition(seeds[0], null, "")]
        : [.. seeds.Select(seed => new Repetition(seed, seed, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}/")))];
}
