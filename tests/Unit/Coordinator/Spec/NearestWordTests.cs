using Graft.Coordinator.Spec;
using Xunit;

namespace Graft.Tests.Unit.Coordinator.Spec;

public class NearestWordTests
{
    [Theory]
    [InlineData("steps", "steps", 0)]
    [InlineData("step", "steps", 1)]
    [InlineData("setps", "steps", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_letters_changed(string left, string right, int distance)
    {
        Assert.Equal(distance, NearestWord.Distance(left, right));
        Assert.Equal(distance, NearestWord.Distance(right, left));
    }

    [Theory]
    [InlineData("recurent", "recurrent")]
    [InlineData("metrix", "matrix")]
    [InlineData("colour", null)]
    public void The_nearest_word_is_found_when_there_is_one_near(string word, string? expected) =>
        Assert.Equal(expected, NearestWord.Find(word, ["matrix", "continual", "recurrent", "control"]));
}
