using Graft.Artifacts.Recipes;
using Graft.Evaluator.Scoring;
using Graft.Modeling.Native;
using Xunit;
using static TorchSharp.torch;

namespace Graft.Tests.Unit.Evaluator.Scoring;

public sealed class TokenChoiceTests
{
    private const int Draws = 20_000;

    // Probabilities of the logits below.
    private static readonly double[] _probabilities = [0.1, 0.5, 0.15, 0.25];

    public TokenChoiceTests() => TorchRuntime.Load();

    [Fact]
    public void Tokens_are_drawn_as_often_as_they_are_likely()
    {
        var shares = Shares(new Sampling(1, 1, 3));

        Assert.All(_probabilities.Zip(shares), pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }

    [Fact]
    public void Only_the_likeliest_up_to_the_bound_are_drawn()
    {
        // 0.5 + 0.25 reach 0.7; the others never come, and the two share what is left.
        var shares = Shares(new Sampling(1, 0.7, 3));

        Assert.Equal((0, 0), (shares[0], shares[2]));
        Assert.Equal(2.0 / 3, shares[1], 0.02);
    }

    [Fact]
    public void A_high_temperature_evens_out_and_a_low_one_takes_the_likeliest()
    {
        var roots = _probabilities.Select(Math.Sqrt).ToArray();

        Assert.All(roots.Zip(Shares(new Sampling(2, 1, 3))), pair => Assert.Equal(pair.First / roots.Sum(), pair.Second, 0.02));
        Assert.Equal(1, Shares(new Sampling(0.01, 1, 3))[1]);
    }

    [Fact]
    public void Log_probabilities_are_the_models_whatever_the_temperature()
    {
        using var logits = Logits(50);
        var (tokens, logProbabilities) = new TokenChoice(new Sampling(5, 1, 1)).Next(logits, [.. Enumerable.Range(0, 50).Select(i => (long)i)], 0);
        var (greedy, best) = new TokenChoice(null).Next(logits, [.. Enumerable.Range(0, 50).Select(i => (long)i)], 0);

        Assert.All(tokens.Zip(logProbabilities), pair => Assert.Equal(Math.Log(_probabilities[pair.First]), pair.Second, 1e-6));
        Assert.All(greedy.Zip(best), pair => Assert.Equal((1, Math.Log(0.5)), ((int)pair.First, Math.Round(pair.Second, 6) == Math.Round(Math.Log(0.5), 6) ? Math.Log(0.5) : pair.Second)));
    }

    [Fact]
    public void Chance_is_even_and_differs_by_seed_item_and_step()
    {
        double[] drawn = [.. Enumerable.Range(0, Draws).Select(item => TokenChoice.Chance(5, item, 2))];

        Assert.Equal(0.5, drawn.Average(), 0.01);
        Assert.All(Enumerable.Range(0, 10), tenth => Assert.Equal(0.1, drawn.Count(value => (int)(value * 10) == tenth) / (double)Draws, 0.01));
        Assert.Distinct([TokenChoice.Chance(1, 1, 1), TokenChoice.Chance(2, 1, 1), TokenChoice.Chance(1, 2, 1), TokenChoice.Chance(1, 1, 2)]);
    }

    private static double[] Shares(Sampling sampling)
    {
        using var logits = Logits(Draws);
        var (tokens, _) = new TokenChoice(sampling).Next(logits, [.. Enumerable.Range(0, Draws).Select(i => (long)i)], 0);
        return [.. Enumerable.Range(0, 4).Select(token => tokens.Count(drawn => drawn == token) / (double)Draws)];
    }

    private static Tensor Logits(int rows) => tensor(Array.ConvertAll(_probabilities, value => (float)Math.Log(value) + 3)).unsqueeze(0).repeat(rows, 1);
}
