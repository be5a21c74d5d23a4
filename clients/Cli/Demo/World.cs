using Graft.Cli.Demo.Language;

namespace Graft.Cli.Demo;

/// <summary>
/// What is true in the micro world of one seed: 160 entities with one fact for each of the four relations. Entities are met with
/// weight 1 / (rank + 3) (after Zipf), so that the facts about rare ones are learnt late.
/// </summary>
internal sealed class World
{
    private const int ZipfOffset = 3;

    private readonly int[] _entities;
    private readonly int[][] _facts;
    private readonly double[] _sums;

    public World(ulong seed)
    {
        var chance = new Chance(1000 + seed);
        _entities = [.. from modifier in Vocabulary.Modifiers from animal in Vocabulary.Animals select Entity.Of(modifier, animal)];
        chance.Shuffle<int>(_entities);
        _facts = [.. _entities.Select(_ => Relation.All.Select(relation => chance.Pick<int>(relation.Values)).ToArray())];
        _sums = Chance.Sums(Enumerable.Range(0, _entities.Length).Select(rank => 1.0 / (rank + ZipfOffset)));
    }

    /// <summary>Entities by rank, the most frequent first.</summary>
    public IReadOnlyList<int> Entities => _entities;

    /// <returns>The rank of an entity.</returns>
    public int Meet(Chance chance) => chance.Weighted(_sums);

    /// <summary>The value of a relation of the entity of that rank.</summary>
    public int Fact(int rank, int relation) => _facts[rank][relation];
}
