namespace Graft.Tests.Benchmarks;

/// <summary>What a way of picking came to.</summary>
/// <param name="IsBest">It picked the cell with the highest score, or one of those that tie.</param>
/// <param name="Regret">How far its score is below the best.</param>
/// <param name="IsNotWorse">The best is not better than it at p below 0.05 (McNemar).</param>
internal sealed record AdvicePick(bool IsBest, double Regret, bool IsNotWorse);

/// <summary>One column of the matrix, picked from in three ways.</summary>
/// <param name="Seed">Of the demo.</param>
/// <param name="Target">The base.</param>
/// <param name="Among">Which candidates.</param>
/// <param name="Candidates">How many.</param>
/// <param name="Advice">What graft advise picks.</param>
/// <param name="Predecessor">The nearest predecessor's vector at scale 1.</param>
/// <param name="Nearest">The vector of the base with the smallest distance, at scale 1.</param>
/// <param name="Probability">How sure the advice said it was.</param>
/// <param name="Picked">What it picked.</param>
internal sealed record AdviceTrial(
    ulong Seed, string Target, string Among, int Candidates, AdvicePick Advice, AdvicePick Predecessor, AdvicePick Nearest, double Probability, string Picked)
{
    public static void Write(IReadOnlyList<AdviceTrial> trials)
    {
        foreach (var group in trials.GroupBy(trial => trial.Among))
        {
            Console.WriteLine($"  {group.Key}: {group.Count()} columns of {group.Select(trial => trial.Seed).Distinct().Count()} seeds");
            Line("advice", [.. group.Select(trial => trial.Advice)]);
            Line("nearest predecessor", [.. group.Select(trial => trial.Predecessor)]);
            Line("nearest base, by distance", [.. group.Select(trial => trial.Nearest)]);
            Console.WriteLine($"    {"the advice said it was sure by",-32} {group.Average(trial => trial.Probability):0.00} on average");
            foreach (var trial in group.Where(trial => !trial.Advice.IsBest))
            {
                Console.WriteLine($"      seed {trial.Seed} {trial.Target}: picked {trial.Picked} (P {trial.Probability:0.00}), {100 * trial.Advice.Regret:0.0} points below the best");
            }
        }
    }

    private static void Line(string name, IReadOnlyList<AdvicePick> picks) => Console.WriteLine(
        $"    {name,-32} best cell {picks.Count(pick => pick.IsBest)}/{picks.Count}, not significantly worse {picks.Count(pick => pick.IsNotWorse)}/{picks.Count}, "
        + $"{100 * picks.Average(pick => pick.Regret):0.0} points below it on average");
}
