namespace Graft.Cli.Advice;

/// <summary>Orders candidates, best first.</summary>
internal static class Ranking
{
    public const int Resamples = 4000;

    /// <summary>
    /// By mean loss where there is one, else by the distance of the bases and then by how near the scale is to 1. The probability of being
    /// the best is the part of bootstrap resamples of the samples, the same for all candidates, in which a candidate's mean is the lowest.
    /// </summary>
    /// <param name="candidates">At least one; losses for all of them or for none, of the same samples in the same order.</param>
    /// <param name="random">Seeded by the caller.</param>
    public static IReadOnlyList<RankedCandidate> Of(IReadOnlyList<Candidate> candidates, Random random)
    {
        if (candidates.Any(candidate => candidate.Losses is null))
        {
            return [.. candidates.OrderBy(candidate => candidate.Geometry.Distance).ThenBy(candidate => Math.Abs(candidate.Scale - 1))
                .Select(candidate => new RankedCandidate(candidate, null))];
        }

        var wins = Wins([.. candidates.Select(candidate => candidate.Losses!)], random);
        return [.. candidates.Select((candidate, i) => new RankedCandidate(candidate, (double)wins[i] / Resamples))
            .OrderBy(ranked => ranked.Candidate.Loss).ThenBy(ranked => ranked.Candidate.Geometry.Distance)];
    }

    private static int[] Wins(IReadOnlyList<IReadOnlyList<double>> losses, Random random)
    {
        var samples = losses[0].Count;
        var wins = new int[losses.Count];
        var drawn = new int[samples];
        for (var resample = 0; resample < Resamples; resample++)
        {
            for (var i = 0; i < samples; i++)
            {
                drawn[i] = random.Next(samples);
            }

            var best = 0;
            var lowest = double.PositiveInfinity;
            for (var candidate = 0; candidate < losses.Count; candidate++)
            {
                var of = losses[candidate];
                var sum = 0.0;
                foreach (var sample in drawn)
                {
                    sum += of[sample];
                }

                if (sum < lowest)
                {
                    (lowest, best) = (sum, candidate);
                }
            }

            wins[best]++;
        }

        return wins;
    }
}
