using Graft.Artifacts;
using Graft.Artifacts.Recipes;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the sections that describe training.</summary>
internal static class TrainingParser
{
    private const int LongestSequence = 1 << 20;

    public static PretrainSpec Pretrain(SpecMap map, ulong specSeed, SpecContext context)
    {
        var blueprint = map.Reference("blueprint", ReferenceKind.Blueprint);
        var (std, initSeed) = Init(map.RequireMap("init"), specSeed);
        var phases = map.Items("phases", required: true)
            .Select((node, i) => Phase(SpecMap.Of(node, $"{map.Place}.phases[{i}]", context), close: true))
            .ToList();
        if (phases.Count == 0 && map.Find("phases") is YamlList)
        {
            map.Mistake("phases", "has no phase; at least one is needed");
        }

        var steps = phases.Sum(phase => (long)phase.Steps);
        if (steps > int.MaxValue)
        {
            map.Mistake("phases", $"have {steps} steps together, more than can be counted ({int.MaxValue})");
        }

        var spec = new PretrainSpec
        {
            Blueprint = blueprint,
            InitStd = std,
            InitSeed = initSeed,
            Optimizer = Optimizer(map),
            Phases = phases,
            Checkpoints = Checkpoints(map.RequireMap("checkpoints"), steps, context),
            Seed = map.Seed("seed", specSeed),
            DTypes = DTypes(map),
        };
        map.Close();
        return spec;
    }

    public static FinetuneRecipe Finetune(SpecMap map, ulong specSeed, SpecContext context)
    {
        var phase = Phase(map, close: false);
        var recipe = new FinetuneRecipe(
            phase, map.Integer("every", 1, int.MaxValue, phase.Steps), map.Seed("seed", specSeed), Optimizer(map), DTypes(map));
        map.Close();
        if (phase.Steps / recipe.Every > 1000)
        {
            map.Mistake("every", $"keeps {phase.Steps / recipe.Every} checkpoints of each fine-tuning; 1000 are the most");
        }

        return recipe;
    }

    private static (double Std, ulong Seed) Init(SpecMap? map, ulong specSeed)
    {
        var read = (map?.Number("std", value => value > 0, "above 0") ?? 1, map?.Seed("seed", specSeed) ?? specSeed);
        map?.Close();
        return read;
    }

    private static List<KeptCheckpoint> Checkpoints(SpecMap? map, long steps, SpecContext context)
    {
        List<KeptCheckpoint> kept = [];
        if (map is null)
        {
            return kept;
        }

        foreach (var (key, value) in map.NamedEntries())
        {
            var place = map.PlaceOf(key.Text);
            var step = map.IntegerOf(value, place, 1, int.MaxValue);
            if (step > steps && steps > 0)
            {
                context.Mistakes.Add(value, $"{place} is step {step}, but the phases have {steps} steps");
            }
            else if (kept.Count > 0 && step <= kept[^1].Step)
            {
                context.Mistakes.Add(value, $"{place} is step {step}, not after {kept[^1].Name} at {kept[^1].Step}; checkpoints stand in training order");
            }

            kept.Add(new KeptCheckpoint(key.Text, step));
        }

        if (kept.Count == 0)
        {
            context.Mistakes.Add(map.Node, $"{map.Place} has no checkpoint; write {{M1: step, M2: step, ..}}");
        }

        return kept;
    }

    private static PhaseSpec Phase(SpecMap map, bool close)
    {
        var steps = map.Integer("steps", 1, int.MaxValue);
        var phase = new PhaseSpec
        {
            Data = map.Reference("data", ReferenceKind.Dataset),
            Layout = map.Choice<DataLayout>("layout", null, ("padded", DataLayout.Padded), ("packed", DataLayout.Packed)),
            Mask = map.Choice<LossMask>("mask", null, ("all", LossMask.All), ("completion", LossMask.Completion)),
            Reduction = map.Choice<LossReduction>("reduction", LossReduction.Mean, ("mean", LossReduction.Mean), ("sum", LossReduction.Sum)),
            Steps = steps,
            Batch = map.Integer("batch", 1, 65536),
            Length = map.Integer("length", 1, LongestSequence),
            AddBos = map.Flag("add_bos"),
            AddEos = map.Flag("add_eos"),
            Schedule = Schedule(map.RequireMap("schedule"), steps),
        };
        if (phase is { Layout: DataLayout.Packed, Mask: LossMask.Completion })
        {
            map.Mistake("mask", "cannot be completion for packed data, which has no completions; use layout: padded");
        }

        if (close)
        {
            map.Close();
        }

        return phase;
    }

    private static Schedule Schedule(SpecMap? map, int steps)
    {
        if (map is null)
        {
            return new Schedule(ScheduleShape.Constant, 1, 0, 1);
        }

        var shape = map.Choice<ScheduleShape>(
            "shape", null, ("constant", ScheduleShape.Constant), ("linear", ScheduleShape.Linear), ("cosine", ScheduleShape.Cosine));
        var schedule = new Schedule(
            shape,
            map.Number("peak", value => value > 0, "above 0"),
            map.Integer("warmup", 0, int.MaxValue, 0),
            map.Number("final", value => value is >= 0 and <= 1, "0 to 1", shape == ScheduleShape.Constant ? 1 : 0));
        if (schedule.WarmupSteps > steps)
        {
            map.Mistake("warmup", $"has {schedule.WarmupSteps} steps, more than the {steps} of its phase");
        }

        map.Close();
        return schedule;
    }

    // Defaults: the betas, epsilon and clipping of OLMo 2's training; no decay.
    private static OptimizerSettings Optimizer(SpecMap parent)
    {
        if (parent.FindMap("optimizer") is not { } map)
        {
            return new OptimizerSettings(0.9, 0.95, 1e-8, 0, 1);
        }

        var settings = new OptimizerSettings(
            map.Number("beta1", IsDecay, "0 to below 1", 0.9),
            map.Number("beta2", IsDecay, "0 to below 1", 0.95),
            map.Number("epsilon", value => value > 0, "above 0", 1e-8),
            map.Number("weight_decay", value => value >= 0, "0 or more", 0),
            map.Number("clip_norm", value => value >= 0, "0 (none) or more", 1));
        map.Close();
        return settings;

        static bool IsDecay(double value) => value is >= 0 and < 1;
    }

    private static TrainingDTypes DTypes(SpecMap parent)
    {
        if (parent.FindMap("dtype") is not { } map)
        {
            return new TrainingDTypes(DType.F32, DType.F32);
        }

        var types = new TrainingDTypes(
            map.Choice<DType>("compute", DType.F32, ("fp32", DType.F32), ("bf16", DType.BF16)),
            map.Choice<DType>("checkpoint", DType.F32, ("fp32", DType.F32), ("bf16", DType.BF16), ("fp16", DType.F16)));
        map.Close();
        return types;
    }
}
