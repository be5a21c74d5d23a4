using Graft.Coordinator.Spec;

namespace Graft.Coordinator.Plan;

/// <summary>Which vectors go onto which bases.</summary>
internal sealed class PlanCells(PlanModels models)
{
    private readonly Dictionary<string, int> _places = models.Names.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i);

    /// <summary>Cells of the matrix, base by base. Vectors of others are neither older nor newer than a base, and go onto each.</summary>
    public IEnumerable<MergeCell> Of(MatrixSpec matrix) =>
        from target in models.Names
        where matrix.Bases?.Contains(target) ?? true
        from source in models.Sources
        where matrix.Sources?.Contains(source) ?? true
        where !models.IsOwnBase(source, target) && Goes(source, target, matrix.Direction)
        select new MergeCell(target, source);

    /// <summary>Cells of the trajectory by a word, base by base, or those chosen.</summary>
    public IEnumerable<MergeCell> Of(CellChoice choice, IReadOnlyList<MergeCell> chosen)
    {
        if (choice == CellChoice.Chosen)
        {
            return chosen;
        }

        return from target in models.Names
               from source in models.Names
               where source != target && models.HasTuned(source)
               where choice switch
               {
                   CellChoice.Forward => _places[source] < _places[target],
                   CellChoice.Nearest => _places[source] + 1 == _places[target],
                   CellChoice.All => true,
                   CellChoice.Chosen => false,
               }
               select new MergeCell(target, source);
    }

    private bool Goes(string source, string target, Direction direction) => !_places.TryGetValue(source, out var from) || direction switch
    {
        Direction.Forward => from < _places[target],
        Direction.Backward => from > _places[target],
        Direction.Both => true,
    };
}
