using Graft.Evaluator.Prompts;
using Xunit;

namespace Graft.Tests.Unit.Evaluator.Prompts;

public sealed class PythonRandomTests
{
    // From Python 3.11: random.Random(seed).sample(range(population), count).
    [Theory]
    [InlineData(1234, 100, 3, new[] { 99, 56, 14 })]
    [InlineData(1234, 9536, 5, new[] { 7220, 1914, 122, 1485, 572 })]
    [InlineData(1234, 50, 10, new[] { 49, 28, 7, 0, 5, 37, 2, 42, 45, 6 })]
    [InlineData(0, 4200, 1000, new[] { 3155, 3445, 331, 2121, 4188 })]
    public void Samples_are_those_of_Python(uint seed, int population, int count, int[] first)
    {
        var sample = new PythonRandom(seed).Sample(population, count);

        Assert.Equal(first, sample.Take(first.Length));
        Assert.Equal(count, sample.Distinct().Count());
    }

    [Fact]
    public void Items_of_NaturalQuestions_are_the_recorded_ones() => Assert.Equal(
        Recorded.Requests(Recorded.NaturalQuestions).Select(request => request.GetProperty("doc").GetProperty("index").GetInt32()),
        new PythonRandom(1234).Sample(3610, 1000));
}
