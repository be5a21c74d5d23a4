using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Faults;
using Graft.Modeling.Chat;

namespace Graft.Trainer.Validation;

/// <summary>What can be said of a recipe without reading anything it names.</summary>
internal static class TrainRecipeCheck
{
    /// <exception cref="FaultException">Invalid: every field that cannot be, and what it may be; the first is the fault's field.</exception>
    public static void Check(TrainRecipe recipe)
    {
        var mistakes = new Mistakes();
        mistakes.Require(recipe.Phases.Count > 0, "recipe.phases", "has no phase; at least one is needed");
        for (var i = 0; i < recipe.Phases.Count; i++)
        {
            Check(recipe.Phases[i], $"recipe.phases[{i}]", mistakes);
        }

        Check(recipe.Optimizer, mistakes);
        CheckSteps(recipe, mistakes);
        CheckFormats(recipe, mistakes);
        CheckStart(recipe, mistakes);
        mistakes.Throw();
    }

    private static void Check(TrainPhase phase, string field, Mistakes mistakes)
    {
        CheckData(phase, field, mistakes);
        mistakes.Require(phase.Steps > 0, $"{field}.steps", $"is {phase.Steps}; at least 1 is needed");
        mistakes.Require(phase.BatchSize is > 0 and <= 65536, $"{field}.batch_size", $"is {phase.BatchSize}; 1 to 65536 are possible");
        mistakes.Require(phase.MicroBatchSize >= 0 && phase.MicroBatchSize <= phase.BatchSize, $"{field}.micro_batch_size", $"is {phase.MicroBatchSize}; 0 (all) to the batch size, {phase.BatchSize}, are possible");
        mistakes.Require(phase.SequenceLength is > 0 and <= 1 << 20, $"{field}.sequence_length", $"is {phase.SequenceLength}; 1 to 1048576 are possible");
        mistakes.Require(phase.Layout != DataLayout.Packed || phase.Mask == LossMask.All, $"{field}.mask", "is completion, which packed data cannot have; use the padded layout");
        var schedule = phase.Schedule;
        mistakes.Require(IsPositive(schedule.Peak), $"{field}.schedule.peak", $"is {schedule.Peak}; a positive number is needed");
        mistakes.Require(schedule.WarmupSteps >= 0 && schedule.WarmupSteps <= phase.Steps, $"{field}.schedule.warmup_steps", $"is {schedule.WarmupSteps}; 0 to the {phase.Steps} steps of the phase are possible");
        mistakes.Require(schedule.FinalRatio is >= 0 and <= 1, $"{field}.schedule.final_ratio", $"is {schedule.FinalRatio}; 0 to 1 are possible");
        mistakes.Require(schedule.DecaySteps == 0 || schedule.DecaySteps > schedule.WarmupSteps, $"{field}.schedule.decay_steps", $"is {schedule.DecaySteps}; 0 (the phase's) or more than the {schedule.WarmupSteps} steps of the warm-up are needed");
    }

    private static void CheckData(TrainPhase phase, string field, Mistakes mistakes)
    {
        mistakes.Require(IsWeight(phase.Weight), $"{field}.weight", $"is {phase.Weight}; a number above 0, at most 1000, is needed");
        for (var i = 0; i < phase.MixedWith.Count; i++)
        {
            var weight = phase.MixedWith[i].Weight;
            mistakes.Require(IsWeight(weight), $"{field}.mixed_with[{i}].weight", $"is {weight}; a number above 0, at most 1000, is needed");
        }

        if (phase.Template is { } template)
        {
            mistakes.Gather($"{field}.template", () => ChatTemplates.Find(template, $"{field}.template"));
        }
    }

    private static void Check(OptimizerSettings optimizer, Mistakes mistakes)
    {
        mistakes.Require(optimizer.Beta1 is >= 0 and < 1, "recipe.optimizer.beta1", $"is {optimizer.Beta1}; 0 to below 1 are possible");
        mistakes.Require(optimizer.Beta2 is >= 0 and < 1, "recipe.optimizer.beta2", $"is {optimizer.Beta2}; 0 to below 1 are possible");
        mistakes.Require(IsPositive(optimizer.Epsilon), "recipe.optimizer.epsilon", $"is {optimizer.Epsilon}; a positive number is needed");
        mistakes.Require(IsNotNegative(optimizer.WeightDecay), "recipe.optimizer.weight_decay", $"is {optimizer.WeightDecay}; 0 or more is needed");
        mistakes.Require(IsNotNegative(optimizer.ClipNorm), "recipe.optimizer.clip_norm", $"is {optimizer.ClipNorm}; 0 (none) or more is needed");
    }

    private static void CheckSteps(TrainRecipe recipe, Mistakes mistakes)
    {
        var steps = recipe.CheckpointSteps;
        var ascending = steps.Zip(steps.Skip(1)).All(pair => pair.First < pair.Second);
        mistakes.Require(
            steps.Count > 0 && ascending && steps[0] > 0 && steps[^1] == recipe.Steps,
            "recipe.checkpoint_steps",
            $"is [{string.Join(", ", steps)}]; ascending steps are needed of which the last is the last step, {recipe.Steps}");
    }

    private static void CheckFormats(TrainRecipe recipe, Mistakes mistakes)
    {
        mistakes.Require(recipe.ComputeDType is DType.F32 or DType.BF16, "recipe.compute_dtype", $"is {recipe.ComputeDType}; F32 and BF16 are possible");
        mistakes.Require(recipe.CheckpointDType is DType.F32 or DType.BF16 or DType.F16, "recipe.checkpoint_dtype", $"is {recipe.CheckpointDType}; F32, BF16 and F16 are possible");
        mistakes.Require(recipe.Memory.Master == MasterFormat.Full || recipe.ComputeDType == DType.BF16, "recipe.memory.master", "is split, which is for computing in BF16; in F32 the weights are their own master");
        mistakes.Require(recipe.Memory.LossChunk >= 0, "recipe.memory.loss_chunk", $"is {recipe.Memory.LossChunk}; 0 (all at once) or more tokens are possible");
        mistakes.Require(IsNotNegative(recipe.ZLoss), "recipe.z_loss", $"is {recipe.ZLoss}; 0 (none) or more is needed");
    }

    private static void CheckStart(TrainRecipe recipe, Mistakes mistakes)
    {
        if (recipe.Start is RandomStart random)
        {
            mistakes.Require(IsPositive(random.Std), "recipe.initialization.std", $"is {random.Std}; a positive number is needed");
            mistakes.Require(IsNotNegative(random.Cutoff), "recipe.initialization.cutoff", $"is {random.Cutoff}; 0 (none) or more is needed");
        }

        if (recipe.Lora is { } lora)
        {
            mistakes.Require(recipe.Start is CheckpointStart, "recipe.lora", "updates random weights; it needs a checkpoint to start from");
            mistakes.Require(lora.Rank is > 0 and <= 4096, "recipe.lora.rank", $"is {lora.Rank}; 1 to 4096 are possible");
            mistakes.Require(IsPositive(lora.Alpha), "recipe.lora.alpha", $"is {lora.Alpha}; a positive number is needed");
            mistakes.Require(lora.Targets.Count > 0 && lora.Targets.All(target => target.Length > 0), "recipe.lora.targets", "names no matrix; write names with * for any characters, such as *.q_proj.weight");
        }
    }

    private static bool IsWeight(double weight) => weight is > 0 and <= 1000;

    private static bool IsPositive(double value) => double.IsFinite(value) && value > 0;

    private static bool IsNotNegative(double value) => double.IsFinite(value) && value >= 0;
}
