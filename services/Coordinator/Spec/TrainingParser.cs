using Graft.Artifacts;
using Graft.Artifacts.Recipes;
using Graft.Coordinator.Spec.Keys;

namespace Graft.Coordinator.Spec;

/// <summary>Reads the sections that describe training.</summary>
internal static class TrainingParser
{
    private const int MostCheckpoints = 1000;

    public static PretrainSpec Pretrain(SpecMap map, ulong specSeed)
    {
        var context = map.Context;
        var blueprint = map.Reference(StudyKeys.Blueprint);
        var phases = map.Items(StudyKeys.Phases, isRequired: true)
            .Select((node, i) => PhaseParser.Close(SpecMap.Of(node, $"{map.Place}.phases[{i}]", PhaseKeys.Section, context)))
            .ToList();
        if (phases.Count == 0 && map.Find(StudyKeys.Phases) is YamlList)
        {
            map.Mistake(StudyKeys.Phases, "has no phase; at least one is needed");
        }

        var steps = phases.Sum(phase => (long)phase.Spec.Steps);
        if (steps > int.MaxValue)
        {
            map.Mistake(StudyKeys.Phases, $"have {steps} steps together, more than can be counted ({int.MaxValue})");
        }

        // What holds for the whole training comes with the preset of its beginning.
        var preset = phases.FirstOrDefault().Preset;
        var memory = Memory(map);
        var init = preset is null ? map.RequireMap(StudyKeys.Init) : map.FindMap(StudyKeys.Init);
        var spec = new PretrainSpec
        {
            Blueprint = blueprint,
            InitStd = init?.Number(StudyKeys.Std, preset?.InitStd) ?? preset?.InitStd ?? 1,
            InitCutoff = init?.Number(StudyKeys.Cutoff, preset?.InitCutoff ?? 0) ?? preset?.InitCutoff ?? 0,
            InitSeed = init?.Seed(StudyKeys.InitSeed, specSeed) ?? specSeed,
            Optimizer = Optimizer(map, preset),
            Phases = [.. phases.Select(phase => phase.Spec)],
            Checkpoints = Checkpoints(map, steps),
            Seed = map.Seed(TrainingKeys.Seed, Seed(preset, specSeed)),
            DTypes = DTypes(map, preset, memory),
            Memory = memory,
            ZLoss = map.Number(TrainingKeys.ZLoss, preset?.ZLoss ?? 0),
        };
        init?.Close();
        map.Close();
        return spec;
    }

    public static FinetuneRecipe Finetune(SpecMap map, ulong specSeed)
    {
        var (phase, preset) = PhaseParser.Read(map);
        var memory = Memory(map);
        var recipe = new FinetuneRecipe(
            phase,
            map.Integer(TrainingKeys.Every, preset?.Every ?? phase.Steps),
            map.Seed(TrainingKeys.Seed, Seed(preset, specSeed)),
            Optimizer(map, preset),
            DTypes(map, preset, memory))
        {
            Memory = memory,
            Lora = map.FindMap(TrainingKeys.Lora) is { } lora ? Lora(lora) : null,
            ZLoss = map.Number(TrainingKeys.ZLoss, preset?.ZLoss ?? 0),
        };
        map.Close();
        if (phase.Steps / recipe.Every > MostCheckpoints)
        {
            map.Mistake(TrainingKeys.Every, $"keeps {phase.Steps / recipe.Every} checkpoints of each fine-tuning; {MostCheckpoints} are the most");
        }

        return recipe;
    }

    private static ulong Seed(TrainingPreset? preset, ulong specSeed) => preset is null ? specSeed : (ulong)preset.Seed;

    private static List<KeptCheckpoint> Checkpoints(SpecMap parent, long steps)
    {
        List<KeptCheckpoint> kept = [];
        if (parent.Require(StudyKeys.Checkpoints) is not { } node)
        {
            return kept;
        }

        var values = parent.Values;
        foreach (var entry in parent.FindNamed(StudyKeys.Checkpoints)!)
        {
            var step = values.Integer(entry.Value, entry.Place, new IntegerValue(1));
            if (step > steps && steps > 0)
            {
                values.Mistake(entry.Value, $"{entry.Place} is step {step}, but the phases have {steps} steps");
            }
            else if (kept.Count > 0 && step <= kept[^1].Step)
            {
                values.Mistake(entry.Value, $"{entry.Place} is step {step}, not after {kept[^1].Name} at {kept[^1].Step}; checkpoints stand in training order");
            }

            kept.Add(new KeptCheckpoint(entry.Name, step));
        }

        if (kept.Count == 0)
        {
            values.Mistake(node, $"{parent.PlaceOf(StudyKeys.Checkpoints)} has no checkpoint; write {{M1: step, M2: step, ..}}");
        }

        return kept;
    }

    // Defaults: the betas, epsilon and clipping of OLMo 2's training; no decay.
    private static OptimizerSettings Optimizer(SpecMap parent, TrainingPreset? preset)
    {
        var fallback = (preset ?? TrainingPreset.None).Optimizer;
        if (parent.FindMap(TrainingKeys.Optimizer) is not { } map)
        {
            return fallback;
        }

        var settings = new OptimizerSettings(
            map.Number(TrainingKeys.Beta1, fallback.Beta1),
            map.Number(TrainingKeys.Beta2, fallback.Beta2),
            map.Number(TrainingKeys.Epsilon, fallback.Epsilon),
            map.Number(TrainingKeys.WeightDecay, fallback.WeightDecay),
            map.Number(TrainingKeys.ClipNorm, fallback.ClipNorm))
        {
            ExemptEmbeddings = map.Flag(TrainingKeys.ExemptEmbeddings, fallback.ExemptEmbeddings),
        };
        map.Close();
        return settings;
    }

    private static TrainingDTypes DTypes(SpecMap parent, TrainingPreset? preset, MemorySettings memory)
    {
        var isSplit = memory.Master == MasterFormat.Split;
        var fallback = new TrainingDTypes(isSplit ? DType.BF16 : DType.F32, preset?.Keep ?? DType.F32);
        if (parent.FindMap(TrainingKeys.DTypes) is not { } map)
        {
            return fallback;
        }

        var types = new TrainingDTypes(
            map.Choice<DType>(TrainingKeys.Compute, fallback.Compute), map.Choice<DType>(TrainingKeys.Checkpoint, fallback.Checkpoint));
        if (isSplit && types.Compute != DType.BF16)
        {
            map.Mistake(TrainingKeys.Compute, "is fp32, in which weights are their own master; memory.master: split is for bf16");
        }

        map.Close();
        return types;
    }

    private static MemorySettings Memory(SpecMap parent)
    {
        switch (parent.Find(TrainingKeys.Memory))
        {
            case null:
                return MemorySettings.Default;
            case YamlScalar { IsNull: false } word:
                return parent.Values.Choice(word, parent.PlaceOf(TrainingKeys.Memory), TrainingKeys.MemoryWord);
            case var node:
                var map = SpecMap.Of(node, parent.PlaceOf(TrainingKeys.Memory), TrainingKeys.MemorySection, parent.Context);
                var settings = new MemorySettings(
                    map.Choice<MasterFormat>(TrainingKeys.Master, MasterFormat.Full),
                    map.Choice<MomentFormat>(TrainingKeys.Moments, MomentFormat.Full),
                    map.Flag(TrainingKeys.Recompute),
                    map.Integer(TrainingKeys.LossChunk, 0));
                map.Close();
                return settings;
        }
    }

    private static LoraSpec Lora(SpecMap map)
    {
        var rank = map.Integer(TrainingKeys.Rank);
        var targets = map.Items(TrainingKeys.Targets).Select(node => map.Values.Text(node, map.PlaceOf(TrainingKeys.Targets))).ToList();
        var spec = new LoraSpec(
            rank,
            map.Number(TrainingKeys.Alpha, 2.0 * rank),
            targets.Count > 0 ? targets : ["*_proj.weight"],
            map.Has(TrainingKeys.LoraSeed) ? map.Seed(TrainingKeys.LoraSeed, 0) : null);
        map.Close();
        return spec;
    }
}
