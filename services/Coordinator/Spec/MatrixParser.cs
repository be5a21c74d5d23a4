using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the matrix of merges.</summary>
internal static class MatrixParser
{
    public static MatrixSpec Read(SpecMap map, SpecModels models)
    {
        var direction = map.Choice<Direction>(ExperimentKeys.DirectionOf, Direction.Both);
        var scales = map.Find(ExperimentKeys.Scales) is { } node ? SweepParser.Read(map, ExperimentKeys.Scales, node, NumberRange.NotZero) : [];
        var matrix = new MatrixSpec(direction, scales.Count > 0 ? scales : [1.0])
        {
            VectorSteps = VectorSteps(map, models),
            Sources = ExperimentParser.Names(map, ExperimentKeys.Sources, models.Sources, "vector of the run"),
            Bases = ExperimentParser.Names(map, ExperimentKeys.Bases, models.Checkpoints, "checkpoint of the trajectory"),
        };
        map.Close();
        return matrix;
    }

    /// <summary>A step of the fine-tuning, 0 for its last. One that is not kept is a mistake.</summary>
    public static int Step(SpecValues values, YamlNode node, string place, SpecModels models)
    {
        if (node is YamlScalar { Text: "last" })
        {
            return 0;
        }

        var step = values.Integer(node, place, new IntegerValue(1));
        if (models.KeptSteps.Count == 0)
        {
            values.Mistake(node, $"{place}: there is no finetune.recipe, and fine-tunings that are given have their last step only");
        }
        else if (!models.KeptSteps.Contains(step))
        {
            var kept = models.KeptSteps.Count <= 12 ? string.Join(", ", models.KeptSteps) : $"{models.KeptSteps[0]}, {models.KeptSteps[1]}, .. {models.KeptSteps[^1]}";
            values.Mistake(node, $"{place}: no checkpoint is kept at step {step}; there are {kept}");
        }

        return models.KeptSteps.Count > 0 && step == models.KeptSteps[^1] ? 0 : step;
    }

    private static List<int> VectorSteps(SpecMap map, SpecModels models)
    {
        List<int> steps = [];
        foreach (var node in map.Items(ExperimentKeys.VectorSteps))
        {
            var step = Step(map.Values, node, map.PlaceOf(ExperimentKeys.VectorSteps), models);
            if (steps.Contains(step))
            {
                map.Values.Mistake(node, $"{map.PlaceOf(ExperimentKeys.VectorSteps)} has {(step == 0 ? "the last step" : step)} twice");
            }

            steps.Add(step);
        }

        return steps.Count > 0 ? steps : [0];
    }
}
