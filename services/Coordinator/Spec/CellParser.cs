using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads which merges an experiment is about: a word, or a list of BASE+SOURCE.</summary>
internal sealed class CellParser(SpecModels models)
{
    public (CellChoice Choice, IReadOnlyList<MergeCell> Chosen) Read(SpecMap map, SpecKey<EitherValue> key, CellChoice fallback)
    {
        if (map.Find(key) is not { } node)
        {
            return (fallback, []);
        }

        var place = map.PlaceOf(key);
        if (node is not YamlList list)
        {
            return (map.Values.Choice(node, place, ExperimentKeys.CellWords), []);
        }

        List<MergeCell> cells = [];
        foreach (var item in list.Items)
        {
            if (Cell(map.Values, item, place) is { } cell)
            {
                if (cells.Contains(cell))
                {
                    map.Values.Mistake(item, $"{place} has {cell.Base}+{cell.Source} twice");
                }

                cells.Add(cell);
            }
        }

        if (list.Items.Count == 0)
        {
            map.Mistake(key, "has no cell; write [M2+M1, ..]");
        }

        return (CellChoice.Chosen, cells.Distinct().ToList());
    }

    private MergeCell? Cell(SpecValues values, YamlNode node, string place)
    {
        var text = values.Text(node, place);
        if (text.Split('+') is not [var target, var source] || target.Length == 0 || source.Length == 0)
        {
            if (text.Length > 0)
            {
                values.Mistake(node, $"{place}: '{text}' is no cell; write BASE+SOURCE, such as M2+M1");
            }

            return null;
        }

        var isBase = IsKnown(values, node, place, target, models.Checkpoints, "checkpoint of the trajectory");
        var isSource = IsKnown(values, node, place, source, models.Sources, "vector of the run");
        if (isBase && target == source)
        {
            values.Mistake(node, $"{place}: {text} is the fine-tuning itself, no merge");
            return null;
        }

        return isBase && isSource ? new MergeCell(target, source) : null;
    }

    private static bool IsKnown(SpecValues values, YamlNode node, string place, string name, IReadOnlyCollection<string> known, string what)
    {
        if (known.Contains(name))
        {
            return true;
        }

        var meant = NearestWord.Find(name, known) is { } near ? $"; did you mean {near}?" : known.Count > 0 ? $"; there are {string.Join(", ", known)}" : "";
        values.Mistake(node, $"{place}: '{name}' is no {what}{meant}");
        return false;
    }
}
