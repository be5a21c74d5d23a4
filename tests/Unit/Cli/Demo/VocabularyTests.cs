using Graft.Cli.Demo.Language;
using Xunit;

namespace Graft.Tests.Unit.Cli.Demo;

public sealed class VocabularyTests
{
    [Fact]
    public void There_are_268_different_words()
    {
        Assert.Equal(268, Vocabulary.Count);
        Assert.Equal(268, Vocabulary.Words.Distinct().Count());
    }

    [Theory]
    [InlineData(0, "<pad>")]
    [InlineData(1, "<eos>")]
    [InlineData(2, "<|user|>")]
    [InlineData(3, "<|assistant|>")]
    [InlineData(4, "0")]
    [InlineData(44, "40")]
    [InlineData(45, "tom")]
    [InlineData(55, "mia")]
    [InlineData(65, "apples")]
    [InlineData(85, "boxes")]
    [InlineData(89, "fox")]
    [InlineData(129, "forest")]
    [InlineData(137, "grass")]
    [InlineData(145, "red")]
    [InlineData(153, "rain")]
    [InlineData(161, "the")]
    [InlineData(267, "brings")]
    public void Words_stand_in_the_order_of_their_groups(int id, string word)
    {
        Assert.Equal(word, Vocabulary.Words.ElementAt(id));
        Assert.Equal(id, Vocabulary.Id(word));
    }

    [Fact]
    public void Groups_have_the_sizes_of_the_world()
    {
        int[] sizes =
        [
            Vocabulary.Men.Length, Vocabulary.Women.Length, Vocabulary.Names.Length, Vocabulary.Things.Length, Vocabulary.Containers.Length,
            Vocabulary.Animals.Length, Vocabulary.Places.Length, Vocabulary.Foods.Length, Vocabulary.Colors.Length, Vocabulary.Weathers.Length,
        ];

        Assert.Equal([10, 10, 20, 20, 4, 40, 8, 8, 8, 8], sizes);
    }

    [Fact]
    public void Words_need_no_escapes_in_json() =>
        Assert.All(Vocabulary.Words, word => Assert.DoesNotContain(word, letter => letter is '"' or '\\' || letter <= ' ' || letter > '~'));
}
