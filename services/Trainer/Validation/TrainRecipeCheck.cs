using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Chat;

namespace Graft.Trainer.Validation;

/// <summary>What can be said of a recipe without reading anything it names.</summary>
internal static class TrainRecipeCheck
{
    /// <exception cref="FaultException">Invalid: the first field that cannot be, and what it may be.</exception>
    public static void Check(TrainRecipe recipe)
    {
        Require(recipe.Phases.Count > 0, "recipe.phases", "has no phase; at least one is needed");
        for (var i = 0; i < recipe.Phases.Count; i++)
        {
            Check(recipe.Phases[i], $"recipe.phases[{i}]");
        }

        Check(recipe.Optimizer);
        CheckSteps(recipe);
        Require(recipe.ComputeDType is DType.F32 or DType.BF16, "recipe.compute_dtype", $"is {recipe.ComputeDType}; F32 and BF16 are possible");
        Require(recipe.CheckpointDType is DType.F32 or DType.BF16 or DType.F16, "recipe.checkpoint_dtype", $"is {recipe.CheckpointDType}; F32, BF16 and F16 are possible");
        if (recipe.Start is RandomStart random)
        {
            Require(double.IsFinite(random.Std) && random.Std > 0, "recipe.initialization.std", $"is {random.Std}; a positive number is needed");
        }
    }

    private static void Check(TrainPhase phase, string field)
    {
        CheckData(phase, field);
        Require(phase.Steps > 0, $"{field}.steps", $"is {phase.Steps}; at least 1 is needed");
        Require(phase.BatchSize is > 0 and <= 65536, $"{field}.batch_size", $"is {phase.BatchSize}; 1 to 65536 are possible");
        Require(phase.SequenceLength is > 0 and <= 1 << 20, $"{field}.sequence_length", $"is {phase.SequenceLength}; 1 to 1048576 are possible");
        Require(double.IsFinite(phase.Schedule.Peak) && phase.Schedule.Peak > 0, $"{field}.schedule.peak", $"is {phase.Schedule.Peak}; a positive number is needed");
        Require(phase.Schedule.WarmupSteps >= 0 && phase.Schedule.WarmupSteps <= phase.Steps, $"{field}.schedule.warmup_steps", $"is {phase.Schedule.WarmupSteps}; 0 to the {phase.Steps} steps of the phase are possible");
        Require(phase.Schedule.FinalRatio is >= 0 and <= 1, $"{field}.schedule.final_ratio", $"is {phase.Schedule.FinalRatio}; 0 to 1 are possible");
        // The batches are there (PackedRowBatches); models do not keep rows apart yet, and a row that sees another would go unnoticed.
        Require(phase.Layout != DataLayout.PackedRows, $"{field}.layout", "is packed_rows, which needs attention within rows that this trainer does not compute yet; use padded");
        Require(phase.Layout != DataLayout.Packed || phase.Mask == LossMask.All, $"{field}.mask", "is completion, which packed data cannot have; use the padded layout");
    }

    private static void CheckData(TrainPhase phase, string field)
    {
        Require(IsWeight(phase.Weight), $"{field}.weight", $"is {phase.Weight}; a number above 0, at most 1000, is needed");
        for (var i = 0; i < phase.MixedWith.Count; i++)
        {
            var weight = phase.MixedWith[i].Weight;
            Require(IsWeight(weight), $"{field}.mixed_with[{i}].weight", $"is {weight}; a number above 0, at most 1000, is needed");
        }

        if (phase.Template is { } template)
        {
            ChatTemplates.Find(template, $"{field}.template");
        }
    }

    private static bool IsWeight(double weight) => weight is > 0 and <= 1000;

    private static void Check(OptimizerSettings optimizer)
    {
        Require(optimizer.Beta1 is >= 0 and < 1, "recipe.optimizer.beta1", $"is {optimizer.Beta1}; 0 to below 1 are possible");
        Require(optimizer.Beta2 is >= 0 and < 1, "recipe.optimizer.beta2", $"is {optimizer.Beta2}; 0 to below 1 are possible");
        Require(optimizer.Epsilon > 0, "recipe.optimizer.epsilon", $"is {optimizer.Epsilon}; a positive number is needed");
        Require(optimizer.WeightDecay >= 0, "recipe.optimizer.weight_decay", $"is {optimizer.WeightDecay}; 0 or more is needed");
        Require(optimizer.ClipNorm >= 0, "recipe.optimizer.clip_norm", $"is {optimizer.ClipNorm}; 0 (none) or more is needed");
    }

    private static void CheckSteps(TrainRecipe recipe)
    {
        var steps = recipe.CheckpointSteps;
        var ascending = steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);
        Require(
            steps.Count > 0 && ascending && steps[0] > 0 && steps[^1] == recipe.Steps,
            "recipe.checkpoint_steps",
            $"is [{string.Join(", ", steps)}]; ascending steps are needed of which the last is the last step, {recipe.Steps}");
    }

    private static void Require(bool ok, string field, string what)
    {
        if (!ok)
        {
            throw FaultException.Invalid($"{field} {what}.", field);
        }
    }
}
