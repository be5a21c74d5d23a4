using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the paths along which models are interpolated.</summary>
internal static class InterpolationParser
{
    private static readonly double[] _points = [0, 0.25, 0.5, 0.75, 1];

    public static InterpolationSpec Read(SpecMap map, CellParser cells, SpecModels models)
    {
        var (choice, chosen) = cells.Read(map, ExperimentKeys.PathCells, CellChoice.Nearest);
        var words = (ChoiceValue<InterpolationPath>)ExperimentKeys.Paths.Value.Item;
        List<InterpolationPath> paths = [.. map.Items(ExperimentKeys.Paths).Select(node => map.Values.Choice(node, map.PlaceOf(ExperimentKeys.Paths), words)).Distinct()];
        var isBarrierAsked = paths.Contains(InterpolationPath.Barrier);
        var points = map.Find(ExperimentKeys.Points) is { } node ? SweepParser.Read(map, ExperimentKeys.Points, node, NumberRange.Any) : _points;
        if (isBarrierAsked && chosen.FirstOrDefault(cell => !models.HasTuned(cell.Base)) is { } bare)
        {
            map.Mistake(ExperimentKeys.PathCells, $"has {bare.Base}+{bare.Source}, but {bare.Base} has no fine-tuning for the barrier to begin at");
        }

        if (isBarrierAsked && !points.Any(IsBetween))
        {
            map.Mistake(ExperimentKeys.Points, "has none of 0 to 1, where the barrier is");
        }

        map.Close();
        return new InterpolationSpec(choice, [.. points.Distinct().Order()], paths.Count > 0 ? paths : [InterpolationPath.Vector, InterpolationPath.Barrier]) { Chosen = chosen };
    }

    /// <summary>Whether a point is between the ends of a path.</summary>
    public static bool IsBetween(double point) => point is >= 0 and <= 1;
}
