using System.Text;
using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo;

/// <summary>The side task "facts": statements to be completed, each with four values of the same relation to choose from.</summary>
internal static class FactRequests
{
    public const int Count = 320;
    public const int Choices = 4;

    /// <summary>JSON lines {"doc_id", "choice", "context", "continuation", "gold"}.</summary>
    public static ReadOnlyMemory<byte> Write(World world, ulong seed, int count = Count)
    {
        var chance = new Chance(5 + (100 * seed));
        int[] facts = [.. Enumerable.Range(0, world.Entities.Count * Relation.All.Count)];
        chance.Shuffle<int>(facts);
        var chosen = facts.AsSpan(0, count);
        chosen.Sort();

        var text = new TextBuffer(1 << 18);
        var context = new Passage();
        Span<int> choices = stackalloc int[Choices];
        for (var document = 0; document < count; document++)
        {
            var (rank, relation) = Math.DivRem(chosen[document], Relation.All.Count);
            context.Clear();
            context.Add(Relation.All[relation].Opening, world.Entities[rank]);
            var right = world.Fact(rank, relation);
            chance.Sample([.. Relation.All[relation].Values.Where(value => value != right)], choices[1..]);
            var gold = chance.Below(Choices);
            (choices[0], choices[gold]) = (choices[gold], right);
            for (var choice = 0; choice < Choices; choice++)
            {
                WriteLine(text, document, choice, context, choices[choice], gold);
            }
        }

        return text.Memory;
    }

    private static void WriteLine(TextBuffer text, int document, int choice, Passage context, int continuation, int gold)
    {
        text.Add(Encoding.UTF8.GetBytes($"{{\"doc_id\":{document},\"choice\":{choice},\"context\":\"{Vocabulary.End} "));
        Passage.Write(context.Words, text);
        text.Add("\",\"continuation\":\" "u8);
        text.Add(Vocabulary.Bytes(continuation));
        text.Add(Encoding.UTF8.GetBytes($"\",\"gold\":{gold}}}\n"));
    }
}
