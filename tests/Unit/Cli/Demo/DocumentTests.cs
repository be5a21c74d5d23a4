using System.Text;
using Graft.Cli.Demo;
using Graft.Cli.Demo.Documents;
using Graft.Cli.Demo.Language;
using Xunit;

namespace Graft.Tests.Unit.Cli.Demo;

public sealed class DocumentTests
{
    private static readonly World _world = new(0);

    [Fact]
    public void Facts_are_told_and_asked_as_they_are()
    {
        foreach (var text in Documents(Facts.QuestionAndAnswer).Where(text => text.StartsWith("<|user|> where", StringComparison.Ordinal)))
        {
            var words = text.Split(' ');
            var entity = Entity.Of(Vocabulary.Id(words[4]), Vocabulary.Id(words[5]));
            var rank = _world.Entities.ToList().IndexOf(entity);

            Assert.Equal(Vocabulary.Id(words[^1]), _world.Fact(rank, Relation.Place));
        }
    }

    [Fact]
    public void Statements_are_one_to_three_about_one_entity() => Assert.All(Documents(Facts.Statements), text =>
        Assert.InRange(text.Split(" .").Length - 1, 1, 3));

    [Fact]
    public void Frequent_entities_are_met_more_often()
    {
        var chance = new Chance(4);
        var ranks = Enumerable.Range(0, 10_000).Select(_ => _world.Meet(chance)).ToList();

        Assert.Equal(160, _world.Entities.Distinct().Count());
        Assert.True(ranks.Count(rank => rank < 10) > 5 * ranks.Count(rank => rank >= 150));
        Assert.Contains(159, ranks);
    }

    [Fact]
    public void Counting_keeps_its_step() => Assert.All(Documents(Numbers.Count), text =>
    {
        int[] terms = [.. text.Split(" : ")[1].Split(' ').Select(int.Parse)];

        Assert.InRange(terms.Length, 4, 8);
        Assert.Contains(terms[1] - terms[0], new[] { 1, 2, 5, -1 });
        Assert.All(terms, (term, i) => Assert.Equal(terms[0] + (i * (terms[1] - terms[0])), term));
        Assert.Equal($"count from {terms[0]}", text.Split(" : ")[0]);
    });

    [Fact]
    public void Comparisons_are_true() => Assert.All(Documents(Numbers.Compare), text =>
    {
        var words = text.Split(' ');

        Assert.Equal(int.Parse(words[0]) > int.Parse(words[4]) ? "more" : "less", words[2]);
        Assert.NotEqual(words[0], words[4]);
    });

    [Fact]
    public void Lists_count_what_they_name() => Assert.All(Documents(Stories.List), text =>
    {
        var things = text.Split(" : ")[1].Split([" , ", " and ", " ."], StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(text.Split(' ')[2], things.Length.ToString());
        Assert.Equal(things.Length, things.Distinct().Count());
    });

    [Fact]
    public void Equations_are_true()
    {
        Assert.All(Documents(Numbers.Equations), text => AssertTrue(text, 1, 2));
        Assert.All(Documents(Numbers.Drill), text => AssertTrue(text, 4, 4));
    }

    [Fact]
    public void Problems_in_pretraining_keep_to_its_phrasings()
    {
        var texts = Documents(WordProblems.Chat);

        Assert.All(texts, text => AssertTrue(text.Split("<|assistant|> ")[1], 1, 2));
        Assert.All(texts, text => Assert.DoesNotContain(text.Split(' '), word => word is "finds" or "sells"));
    }

    [Fact]
    public void Stories_tell_pronouns_by_their_hero()
    {
        var women = Vocabulary.Women.Select(id => Vocabulary.Words.ElementAt(id)).ToHashSet();
        foreach (var words in Documents(Stories.Story).Select(text => text.Split(' ')))
        {
            var hero = words[0] == "one" ? words[2] : words[0];
            Assert.DoesNotContain(women.Contains(hero) ? "he" : "she", words);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stage_is_what_its_seed_says_in_words_of_the_vocabulary(bool isFirst)
    {
        var mix = isFirst ? TextMix.Stage1 : TextMix.Stage2;
        var known = Vocabulary.Words.ToHashSet();

        var text = Encoding.UTF8.GetString(mix.Write(_world, 11, 30_000).Span);

        Assert.Equal(text, Encoding.UTF8.GetString(mix.Write(new World(0), 11, 30_000).Span));
        Assert.NotEqual(text, Encoding.UTF8.GetString(mix.Write(_world, 12, 30_000).Span));
        var documents = JsonLines.Texts(text, "text");
        Assert.All(documents, document => Assert.All(document.Split(' '), word => Assert.Contains(word, known)));
        Assert.InRange(documents.Sum(document => document.Split(' ').Length + 1), 30_000, 30_100);
    }

    [Fact]
    public void Word_problems_are_most_of_the_second_stage()
    {
        var documents = JsonLines.Texts(Encoding.UTF8.GetString(TextMix.Stage2.Write(_world, 12, 200_000).Span), "text");
        var problems = documents.Where(document => document.Contains("how many", StringComparison.Ordinal)).ToList();

        Assert.InRange(problems.Count / (double)documents.Count, 0.45, 0.49);
        Assert.InRange(problems.Sum(Length) / (double)documents.Sum(Length), 0.55, 0.63);

        static int Length(string document) => document.Split(' ').Length + 1;
    }

    internal static void AssertTrue(string thought, int fewest, int most)
    {
        var equations = thought.Split(" ; ");
        Assert.InRange(equations.Length, fewest, most);
        foreach (var equation in equations)
        {
            var words = equation.Split(' ');
            Assert.Equal(5, words.Length);
            var (left, right, result) = (int.Parse(words[0]), int.Parse(words[2]), int.Parse(words[4]));
            Assert.Equal(words[1] switch { "+" => left + right, "-" => left - right, "*" => left * right, _ => -1 }, result);
            Assert.All([left, right, result], value => Assert.InRange(value, 0, 40));
        }
    }

    private static List<string> Documents(DocumentKind kind)
    {
        var chance = new Chance(9);
        var passage = new Passage();
        List<string> texts = [];
        for (var i = 0; i < 500; i++)
        {
            passage.Clear();
            kind(_world, chance, passage);
            var text = new TextBuffer(16);
            Passage.Write(passage.Words, text);
            texts.Add(Encoding.UTF8.GetString(text.Memory.Span));
        }

        return texts;
    }
}
