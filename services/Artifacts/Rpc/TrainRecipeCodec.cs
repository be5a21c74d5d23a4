using Graft.Artifacts.Recipes;
using Graft.Faults;

namespace Graft.Artifacts.Rpc;

/// <summary>Training recipes to and from their messages.</summary>
public static class TrainRecipeCodec
{
    public static V1.TrainRecipe ToProto(TrainRecipe recipe)
    {
        var proto = new V1.TrainRecipe
        {
            Optimizer = new V1.Optimizer
            {
                Beta1 = recipe.Optimizer.Beta1,
                Beta2 = recipe.Optimizer.Beta2,
                Epsilon = recipe.Optimizer.Epsilon,
                WeightDecay = recipe.Optimizer.WeightDecay,
                ClipNorm = recipe.Optimizer.ClipNorm,
                ExemptEmbeddings = recipe.Optimizer.ExemptEmbeddings,
            },
            Seed = recipe.Seed,
            ComputeDtype = ManifestCodec.ToProto(recipe.ComputeDType),
            CheckpointDtype = ManifestCodec.ToProto(recipe.CheckpointDType),
            Memory = recipe.Memory == MemorySettings.Default ? null : ToProto(recipe.Memory),
            Lora = recipe.Lora is null ? null : ToProto(recipe.Lora),
            ZLoss = recipe.ZLoss,
        };
        switch (recipe.Start)
        {
            case CheckpointStart start:
                proto.Checkpoint = start.Checkpoint.ToString();
                break;
            case RandomStart start:
                proto.Initialization = new V1.Initialization
                {
                    Blueprint = start.Blueprint.ToString(),
                    Std = start.Std,
                    Seed = start.Seed,
                    Cutoff = start.Cutoff,
                };
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(recipe), recipe.Start.GetType().Name, "No message for this start.");
        }

        proto.Phases.AddRange(recipe.Phases.Select(ToProto));
        proto.CheckpointSteps.AddRange(recipe.CheckpointSteps);
        return proto;
    }

    /// <exception cref="FaultException">Invalid: a field is missing or malformed; the field is named.</exception>
    public static TrainRecipe FromProto(V1.TrainRecipe proto)
    {
        var optimizer = proto.Optimizer ?? throw FaultException.Invalid("The recipe has no optimizer.", "recipe.optimizer");
        if (proto.Phases.Sum(phase => (long)phase.Steps) is < 0 or > int.MaxValue)
        {
            throw FaultException.Invalid($"The steps of all phases together must be from 0 to {int.MaxValue}.", "recipe.phases");
        }

        return new TrainRecipe
        {
            Start = proto.StartCase switch
            {
                V1.TrainRecipe.StartOneofCase.Checkpoint => new CheckpointStart(Digest.Parse(proto.Checkpoint, "recipe.checkpoint")),
                V1.TrainRecipe.StartOneofCase.Initialization => new RandomStart(
                    Digest.Parse(proto.Initialization.Blueprint, "recipe.initialization.blueprint"),
                    proto.Initialization.Std,
                    proto.Initialization.Seed)
                {
                    Cutoff = proto.Initialization.Cutoff,
                },
                V1.TrainRecipe.StartOneofCase.None =>
                    throw FaultException.Invalid("The recipe says neither a checkpoint nor an initialization to start from.", "recipe.start"),
            },
            Phases = [.. proto.Phases.Select(FromProto)],
            Optimizer = new OptimizerSettings(
                optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon, optimizer.WeightDecay, optimizer.ClipNorm)
            {
                ExemptEmbeddings = optimizer.ExemptEmbeddings,
            },
            CheckpointSteps = [.. proto.CheckpointSteps],
            Seed = proto.Seed,
            ComputeDType = ManifestCodec.FromProto(proto.ComputeDtype, "recipe.compute_dtype"),
            CheckpointDType = ManifestCodec.FromProto(proto.CheckpointDtype, "recipe.checkpoint_dtype"),
            Memory = proto.Memory is null ? MemorySettings.Default : FromProto(proto.Memory),
            Lora = proto.Lora is null ? null : FromProto(proto.Lora),
            ZLoss = proto.ZLoss,
        };
    }

    private static V1.Memory ToProto(MemorySettings memory) => new()
    {
        Master = (V1.MasterFormat)memory.Master,
        Moments = (V1.MomentFormat)memory.Moments,
        RecomputeActivations = memory.RecomputeActivations,
        LossChunk = memory.LossChunk,
    };

    private static MemorySettings FromProto(V1.Memory proto) => new(
        RecipeCodec.Known((MasterFormat)proto.Master, "recipe.memory.master"),
        RecipeCodec.Known((MomentFormat)proto.Moments, "recipe.memory.moments"),
        proto.RecomputeActivations,
        proto.LossChunk);

    private static V1.Lora ToProto(LoraSettings lora)
    {
        var proto = new V1.Lora { Rank = lora.Rank, Alpha = lora.Alpha, Seed = lora.Seed };
        proto.Targets.AddRange(lora.Targets);
        return proto;
    }

    private static LoraSettings FromProto(V1.Lora proto) => new(proto.Rank, proto.Alpha, [.. proto.Targets], proto.Seed);

    private static V1.TrainPhase ToProto(TrainPhase phase)
    {
        var proto = WithoutMixture(phase);
        proto.MixedWith.AddRange(phase.MixedWith.Select(data => new V1.WeightedDataset { Dataset = data.Dataset.ToString(), Weight = data.Weight }));
        return proto;
    }

    private static V1.TrainPhase WithoutMixture(TrainPhase phase) => new()
    {
        Dataset = phase.Dataset.ToString(),
        Layout = (V1.DataLayout)phase.Layout,
        Mask = (V1.LossMask)phase.Mask,
        Reduction = (V1.LossReduction)phase.Reduction,
        Steps = phase.Steps,
        BatchSize = phase.BatchSize,
        SequenceLength = phase.SequenceLength,
        Schedule = new V1.Schedule
        {
            Shape = (V1.ScheduleShape)phase.Schedule.Shape,
            Peak = phase.Schedule.Peak,
            WarmupSteps = phase.Schedule.WarmupSteps,
            FinalRatio = phase.Schedule.FinalRatio,
            DecaySteps = phase.Schedule.DecaySteps,
        },
        AddBos = phase.AddBos,
        AddEos = phase.AddEos,
        // What most recipes have leaves no trace, so that their digests are those of the time before there was a choice.
        Weight = phase.Weight.Equals(1) ? 0 : phase.Weight,
        Template = phase.Template ?? "",
        MicroBatchSize = phase.MicroBatchSize,
    };

    private static TrainPhase FromProto(V1.TrainPhase proto, int index)
    {
        var field = $"recipe.phases[{index}]";
        var schedule = proto.Schedule ?? throw FaultException.Invalid("The phase has no schedule.", $"{field}.schedule");
        return new TrainPhase
        {
            Dataset = Digest.Parse(proto.Dataset, $"{field}.dataset"),
            Layout = RecipeCodec.Known((DataLayout)proto.Layout, $"{field}.layout"),
            Mask = RecipeCodec.Known((LossMask)proto.Mask, $"{field}.mask"),
            Reduction = RecipeCodec.Known((LossReduction)proto.Reduction, $"{field}.reduction"),
            Steps = proto.Steps,
            BatchSize = proto.BatchSize,
            SequenceLength = proto.SequenceLength,
            Schedule = new Schedule(
                RecipeCodec.Known((ScheduleShape)schedule.Shape, $"{field}.schedule.shape"),
                schedule.Peak,
                schedule.WarmupSteps,
                schedule.FinalRatio)
            {
                DecaySteps = schedule.DecaySteps,
            },
            AddBos = proto.AddBos,
            AddEos = proto.AddEos,
            Weight = proto.Weight.Equals(0) ? 1 : proto.Weight,
            MixedWith =
            [
                .. proto.MixedWith.Select((data, i) => new WeightedDataset(Digest.Parse(data.Dataset, $"{field}.mixed_with[{i}].dataset"), data.Weight)),
            ],
            Template = proto.Template.Length > 0 ? proto.Template : null,
            MicroBatchSize = proto.MicroBatchSize,
        };
    }
}
