using Google.Protobuf.WellKnownTypes;
using Graft.Trainer.Metrics;

namespace Graft.Trainer.Rpc;

/// <summary>Steps as messages.</summary>
internal static class TrainingStepCodec
{
    public static V1.TrainingStep ToProto(StepMetrics step) => new()
    {
        Step = step.Step,
        Loss = step.Loss,
        LearningRate = step.LearningRate,
        GradientNorm = step.GradientNorm,
        Tokens = step.Tokens,
        Skipped = step.Skipped,
        Timing = step.Timing is { } timing ? ToProto(timing) : null,
    };

    private static V1.StepTiming ToProto(StepTiming timing)
    {
        var proto = new V1.StepTiming
        {
            Step = timing.Step.ToDuration(),
            Data = timing.Data.ToDuration(),
            Remaining = timing.Remaining.ToDuration(),
            TokensPerSecond = timing.TokensPerSecond,
            PositionsPerSecond = timing.PositionsPerSecond,
            MemoryBytes = timing.MemoryBytes,
        };
        if (timing.Utilization is { } utilization)
        {
            proto.FlopUtilization = utilization;
        }

        return proto;
    }
}
