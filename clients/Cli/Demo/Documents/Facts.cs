using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo.Documents;

/// <summary>Documents that tell what is true.</summary>
internal static class Facts
{
    private static readonly Phrase _question = Phrase.Parse(Vocabulary.User);
    private static readonly Phrase _answer = Phrase.Parse($"{Vocabulary.Assistant} {{0}}");

    /// <summary>One to three facts about one entity.</summary>
    public static void Statements(World world, Chance chance, Passage passage)
    {
        var rank = world.Meet(chance);
        Span<int> relations = stackalloc int[chance.Between(1, 3)];
        chance.Sample([0, 1, 2, 3], relations);
        foreach (var relation in relations)
        {
            passage.Add(
                chance.Pick<Phrase>(Relation.All[relation].Statements), world.Entities[rank], world.Fact(rank, relation));
        }
    }

    /// <summary>One fact as question and answer.</summary>
    public static void QuestionAndAnswer(World world, Chance chance, Passage passage)
    {
        var rank = world.Meet(chance);
        var relation = chance.Below(Relation.All.Count);
        passage.Add(_question);
        passage.Add(Relation.All[relation].Question, world.Entities[rank]);
        passage.Add(_answer, world.Fact(rank, relation));
    }
}
